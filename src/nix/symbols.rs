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
    /// Open addressing with linear probing: symbol + 1, or 0 where free. Its length is a power of two.
    table: Vec<u32>,
    /// The hash of each symbol, so that growing reads no text.
    hashes: Vec<u32>,
}

impl Symbols {
    /// No names but the empty one.
    pub fn new() -> Self {
        let mut symbols =
            Symbols { bytes: Vec::new(), starts: vec![0], table: vec![0; 1 << 12], hashes: Vec::new() };
        symbols.intern(b"");
        symbols
    }

    /// The symbol of a text, new if it was never seen.
    #[inline]
    pub fn intern(&mut self, text: &[u8]) -> Symbol {
        let hash = hash(text);
        let mask = self.table.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            match self.table[at] {
                0 => return self.add(text, hash, at),
                entry => {
                    let symbol = Symbol(entry - 1);
                    if self.hashes[symbol.0 as usize] == hash && self.text(symbol) == text {
                        return symbol;
                    }
                }
            }
            at = (at + 1) & mask;
        }
    }

    /// The symbol of a text that was seen before.
    #[inline]
    pub fn find(&self, text: &[u8]) -> Option<Symbol> {
        let hash = hash(text);
        let mask = self.table.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            match self.table[at] {
                0 => return None,
                entry => {
                    let symbol = Symbol(entry - 1);
                    if self.hashes[symbol.0 as usize] == hash && self.text(symbol) == text {
                        return Some(symbol);
                    }
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
        self.hashes.len()
    }

    /// Never: the empty name is always there.
    pub fn is_empty(&self) -> bool {
        false
    }

    #[cold]
    fn add(&mut self, text: &[u8], hash: u32, at: usize) -> Symbol {
        let symbol = Symbol(u32::try_from(self.hashes.len()).expect("fewer than 2^32 names fit into memory"));
        self.bytes.extend_from_slice(text);
        self.starts.push(u32::try_from(self.bytes.len()).expect("names of 4 GiB in all"));
        self.hashes.push(hash);
        self.table[at] = symbol.0 + 1;
        if self.hashes.len() * 2 > self.table.len() {
            self.grow();
        }
        symbol
    }

    fn grow(&mut self) {
        let mask = self.table.len() * 2 - 1;
        let mut table = vec![0; mask + 1];
        for (symbol, hash) in (1..).zip(&self.hashes) {
            let mut at = *hash as usize & mask;
            while table[at] != 0 {
                at = (at + 1) & mask;
            }
            table[at] = symbol;
        }
        self.table = table;
    }
}

impl Default for Symbols {
    fn default() -> Self {
        Self::new()
    }
}

/// Eight bytes at a time, multiplied and folded: names are short, so starting and ending must cost nothing.
#[inline]
fn hash(text: &[u8]) -> u32 {
    const K: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut state = (text.len() as u64).wrapping_mul(K);
    let mut rest = text;
    while let Some((word, after)) = rest.split_first_chunk::<8>() {
        state = fold(state ^ u64::from_le_bytes(*word), K);
        rest = after;
    }
    let mut last = 0u64;
    for byte in rest {
        last = last << 8 | u64::from(*byte);
    }
    (fold(state ^ last, K) >> 16) as u32
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
