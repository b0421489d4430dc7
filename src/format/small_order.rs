//! Points of small order: the few public keys of Curve25519 with which every private key agrees on the same secret.
//!
//! What is sealed to one of them opens without any key (RFC 7748, section 6.1; RFC 8032, section 5.1.7). No program makes
//! such a key by chance; one in a key file is a mistake or a trap.

/// 2^255 - 19 in little-endian bytes, and the numbers beside it.
const fn prime_and(low: u8) -> [u8; 32] {
    let mut bytes = [0xff; 32];
    bytes[0] = low;
    bytes[31] = 0x7f;
    bytes
}

const fn small(number: u8) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[0] = number;
    bytes
}

// The points of order 8: the roots of d y^4 + 2 y^2 - 1 on the Edwards curve, and u = (1 + y) / (1 - y) of each.
const EDWARDS_8: [[u8; 32]; 2] = [
    *b"\x26\xe8\x95\x8f\xc2\xb2\x27\xb0\x45\xc3\xf4\x89\xf2\xef\x98\xf0\xd5\xdf\xac\x05\xd3\xc6\x33\x39\xb1\x38\x02\x88\x6d\x53\xfc\x05",
    *b"\xc7\x17\x6a\x70\x3d\x4d\xd8\x4f\xba\x3c\x0b\x76\x0d\x10\x67\x0f\x2a\x20\x53\xfa\x2c\x39\xcc\xc6\x4e\xc7\xfd\x77\x92\xac\x03\x7a",
];
const MONTGOMERY_8: [[u8; 32]; 2] = [
    *b"\x5f\x9c\x95\xbc\xa3\x50\x8c\x24\xb1\xd0\xb1\x55\x9c\x83\xef\x5b\x04\x44\x5c\xc4\x58\x1c\x8e\x86\xd8\x22\x4e\xdd\xd0\x9f\x11\x57",
    *b"\xe0\xeb\x7a\x7c\x3b\x41\xb8\xae\x16\x56\xe3\xfa\xf1\x9f\xc4\x6a\xda\x09\x8d\xeb\x9c\x32\xb1\xfd\x86\x62\x05\x16\x5f\x49\xb8\x00",
];
// 0, 1 and -1, and the other ways to write the first two.
const COMMON: [[u8; 32]; 5] = [small(0), small(1), prime_and(0xec), prime_and(0xed), prime_and(0xee)];

/// True for an ed25519 public key of small order. Its first bit from above is the sign of x, which does not matter.
pub(super) fn ed25519(key: &[u8; 32]) -> bool {
    is_one_of(key, &EDWARDS_8)
}

/// True for an X25519 public key of small order. Its first bit from above is not looked at (RFC 7748, section 5).
pub fn x25519(key: &[u8; 32]) -> bool {
    is_one_of(key, &MONTGOMERY_8)
}

fn is_one_of(key: &[u8; 32], of_order_8: &[[u8; 32]; 2]) -> bool {
    let mut key = *key;
    key[31] &= 0x7f;
    COMMON.contains(&key) || of_order_8.contains(&key)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// x25519 multiplies by a multiple of 8, so it answers zero for exactly these.
    #[cfg(feature = "operator")]
    fn agrees_on_nothing(key: [u8; 32]) -> bool {
        x25519_dalek::x25519([0x42; 32], key) == [0; 32]
    }

    #[cfg(feature = "operator")]
    #[test]
    fn x25519_itself_agrees() {
        let mut keys: Vec<[u8; 32]> = COMMON.into_iter().chain(MONTGOMERY_8).collect();
        keys.extend((0..=255).map(small));
        keys.extend((0..=255).map(prime_and));
        keys.extend((0..=255).map(|byte| [byte; 32]));
        keys.extend(EDWARDS_8);
        let with_sign = keys.clone().into_iter().map(|mut key| {
            key[31] ^= 0x80;
            key
        });
        keys.extend(with_sign);
        let found = keys.iter().filter(|key| x25519(key)).count();
        assert!(found >= 14, "{found}");
        for key in keys {
            assert_eq!(x25519(&key), agrees_on_nothing(key), "{key:02x?}");
        }
    }

    /// Numbers modulo 2^255 - 19, as low and high half: little, slow, and enough for a test.
    #[derive(Clone, Copy, PartialEq, Debug)]
    struct Field(u128, u128);

    impl Field {
        const P: Field = Field(u128::MAX - 18, u128::MAX >> 1);

        fn read(bytes: &[u8; 32]) -> Self {
            let (low, high) = bytes.split_at(16);
            let half = |half: &[u8]| u128::from_le_bytes(half.try_into().unwrap());
            Field(half(low), half(high)).reduced()
        }

        fn reduced(self) -> Self {
            if (self.1, self.0) >= (Field::P.1, Field::P.0) { self.minus(Field::P) } else { self }
        }

        fn minus(self, other: Self) -> Self {
            let (low, borrow) = self.0.overflowing_sub(other.0);
            Field(low, self.1 - other.1 - u128::from(borrow))
        }

        fn add(self, other: Self) -> Self {
            let (low, carry) = self.0.overflowing_add(other.0);
            Field(low, self.1 + other.1 + u128::from(carry)).reduced()
        }

        fn negative(self) -> Self {
            Field::P.minus(self).reduced()
        }

        fn times(self, other: Self) -> Self {
            let bits =
                (0..256).rev().map(|bit| if bit < 128 { other.0 >> bit } else { other.1 >> (bit - 128) } & 1);
            bits.fold(Field(0, 0), |sum, bit| {
                let double = sum.add(sum);
                if bit == 1 { double.add(self) } else { double }
            })
        }
    }

    #[test]
    fn the_edwards_points_are_the_same_points_in_their_other_form() {
        let one = Field(1, 0);
        for (edwards, montgomery) in EDWARDS_8.iter().zip(&MONTGOMERY_8) {
            // u = (1 + y) / (1 - y): RFC 7748, section 4.1.
            let (y, u) = (Field::read(edwards), Field::read(montgomery));
            assert_eq!(u.times(one.add(y.negative())), one.add(y));
        }
        for mut key in COMMON.into_iter().chain(EDWARDS_8) {
            key[31] |= 0x80;
            assert!(ed25519(&key), "the other sign of x");
        }
        let pair = ssh_key::private::Ed25519Keypair::from_seed(&[7; 32]);
        assert!(!ed25519(&pair.public.0) && !ed25519(&[9; 32]));
    }
}
