//! Guessing kindly: which known word a misspelt one was meant to be.

/// The known word nearest to `wrong`, when one is near enough to be worth saying.
pub fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = wrong.chars().count();
    let limit = (length / 3).clamp(1, 3);
    let wrong = wrong.to_lowercase();
    known
        .into_iter()
        // The distance is at least the difference of lengths; most words of a large fleet go here, cheaply.
        .filter(|word| word.chars().count().abs_diff(length) <= limit)
        .map(|word| (strsim::damerau_levenshtein(&wrong, &word.to_lowercase()), word))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// The hint "did you mean `web1`?", when a known word is near.
pub fn did_you_mean<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(wrong, known).map(|word| format!("did you mean `{word}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn swapped_letters_are_near_and_other_words_are_not() {
        assert_eq!(nearest("wbe1", ["web1", "db1", "cortex"]), Some("web1"));
        assert_eq!(nearest("nonsense", ["web1", "db1"]), None);
    }
}
