//! A symbol is a name as a number: attribute and variable names are compared and sorted by it, never by their text.
//!
//! Numbers are given in the order of first sight, so they differ between runs that read files in another order.
//! Nothing that a program can see may depend on them: what is listed is sorted by text.

/// A name's number. Zero is the empty name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct Symbol(pub u32);

/// All names of an evaluation.
pub struct Symbols {
    /// Every text once, one after the other.
    bytes: Vec<u8>,
    /// Where the text of a symbol begins; one more entry than symbols, so that an end is the next one's beginning.
    starts: Vec<u32>,
    /// Open addressing with linear probing: a hash in the upper half, symbol + 1 in the lower, or 0 where free. Its
    /// length is a power of two.
    table: Vec<u64>,
}

impl Symbols {
    /// No names but the empty one.
    pub fn new() -> Self {
        let mut symbols = Symbols { bytes: Vec::new(), starts: vec![0], table: vec![0; 1 << 12] };
        symbols.intern(b"");
        symbols
    }

    /// The symbol of a text, new if it was never seen.
    #[inline]
    pub fn intern(&mut self, text: &[u8]) -> Symbol {
        let hash = hash(text);
        match self.look(text, hash) {
            Ok(symbol) => symbol,
            Err(free) => self.add(text, hash, free),
        }
    }

    /// The symbol of a text that was seen before.
    #[inline]
    pub fn find(&self, text: &[u8]) -> Option<Symbol> {
        self.look(text, hash(text)).ok()
    }

    /// The symbol of a text, or where in the table it belongs.
    #[inline]
    fn look(&self, text: &[u8], hash: u32) -> Result<Symbol, usize> {
        let mask = self.table.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            let entry = self.table[at];
            if entry == 0 {
                return Err(at);
            }
            // The hash decides nearly always; the texts are compared to be sure.
            if (entry >> 32) as u32 == hash {
                let symbol = Symbol(entry as u32 - 1);
                if equal(self.text(symbol), text) {
                    return Ok(symbol);
                }
            }
            at = (at + 1) & mask;
        }
    }

    /// The text of a symbol.
    #[inline]
    pub fn text(&self, symbol: Symbol) -> &[u8] {
        let at = symbol.0 as usize;
        &self.bytes[self.starts[at] as usize..self.starts[at + 1] as usize]
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Never: the empty name is always there.
    pub fn is_empty(&self) -> bool {
        false
    }

    #[cold]
    fn add(&mut self, text: &[u8], hash: u32, at: usize) -> Symbol {
        let symbol = Symbol(u32::try_from(self.len()).expect("fewer than 2^32 names fit into memory"));
        self.bytes.extend_from_slice(text);
        self.starts.push(u32::try_from(self.bytes.len()).expect("names of 4 GiB in all"));
        self.table[at] = u64::from(hash) << 32 | (u64::from(symbol.0) + 1);
        if self.len() * 2 > self.table.len() {
            self.grow();
        }
        symbol
    }

    fn grow(&mut self) {
        let mask = self.table.len() * 2 - 1;
        let mut table = vec![0; mask + 1];
        for entry in self.table.iter().filter(|entry| **entry != 0) {
            let mut at = (entry >> 32) as usize & mask;
            while table[at] != 0 {
                at = (at + 1) & mask;
            }
            table[at] = *entry;
        }
        self.table = table;
    }
}

impl Default for Symbols {
    fn default() -> Self {
        Self::new()
    }
}

/// Eight bytes at a time, multiplied and folded: names are short, so starting and ending must cost nothing. The last
/// eight may overlap those before.
#[inline]
fn hash(text: &[u8]) -> u32 {
    const K: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut state = (text.len() as u64).wrapping_mul(K);
    let last = match (text.last_chunk::<8>(), text.first_chunk::<4>(), text.last_chunk::<4>()) {
        (Some(last), ..) => {
            let mut rest = text;
            while let Some((word, after)) = rest.split_first_chunk::<8>()
                && !after.is_empty()
            {
                state = fold(state ^ u64::from_le_bytes(*word), K);
                rest = after;
            }
            u64::from_le_bytes(*last)
        }
        (None, Some(first), Some(last)) => {
            u64::from(u32::from_le_bytes(*first)) << 32 | u64::from(u32::from_le_bytes(*last))
        }
        // Up to three bytes: the first, the middle one and the last.
        _ => match text {
            [] => 0,
            [first, ..] => {
                let middle = text[text.len() / 2];
                u64::from(*first) << 16 | u64::from(middle) << 8 | u64::from(text[text.len() - 1])
            }
        },
    };
    (fold(state ^ last, K) >> 16) as u32
}

/// Equality without a call: most names are shorter than two words.
#[inline]
fn equal(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    let (mut left, mut right) = (one, other);
    while let (Some((a, after)), Some((b, behind))) =
        (left.split_first_chunk::<8>(), right.split_first_chunk::<8>())
    {
        if u64::from_le_bytes(*a) != u64::from_le_bytes(*b) {
            return false;
        }
        (left, right) = (after, behind);
    }
    if let (Some(a), Some(b)) = (one.last_chunk::<8>(), other.last_chunk::<8>()) {
        return u64::from_le_bytes(*a) == u64::from_le_bytes(*b);
    }
    if let (Some((a, left)), Some((b, right))) =
        (left.split_first_chunk::<4>(), right.split_first_chunk::<4>())
    {
        return a == b && left.iter().zip(right).all(|(a, b)| a == b);
    }
    left.iter().zip(right).all(|(a, b)| a == b)
}

#[inline]
fn fold(a: u64, b: u64) -> u64 {
    let wide = u128::from(a) * u128::from(b);
    (wide as u64) ^ ((wide >> 64) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_one_symbol_and_a_symbol_one_text() {
        let mut symbols = Symbols::new();
        let names: Vec<String> = (0..20_000).map(|n| format!("name-{n}")).collect();
        let first: Vec<Symbol> = names.iter().map(|name| symbols.intern(name.as_bytes())).collect();
        for (name, symbol) in names.iter().zip(&first) {
            assert_eq!(symbols.intern(name.as_bytes()), *symbol);
            assert_eq!(symbols.find(name.as_bytes()), Some(*symbol));
            assert_eq!(symbols.text(*symbol), name.as_bytes());
        }
        assert_eq!(symbols.len(), 20_001);
        assert_eq!(symbols.find(b"unseen"), None);
        assert_eq!(symbols.intern(b""), Symbol(0));
    }
}
