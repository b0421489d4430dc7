//! What each expression finds was compared with Nix, in tests/nix/regex; here is what can't be seen from there: time.

use super::*;

fn matched(pattern: &str, text: &str) -> Option<Vec<Option<String>>> {
    let regex = Regex::new(pattern.as_bytes()).unwrap();
    let mut machine = regex.on(text.as_bytes());
    machine.matches().unwrap().then(|| {
        (1..=regex.groups())
            .map(|group| machine.group(group).map(|(from, to)| text[from..to].to_owned()))
            .collect()
    })
}

fn all(pattern: &str, text: &str) -> Vec<String> {
    let regex = Regex::new(pattern.as_bytes()).unwrap();
    let mut machine = regex.on(text.as_bytes());
    let mut found = Vec::new();
    while machine.find_next().unwrap() {
        let (from, to) = machine.group(0).unwrap();
        found.push(text[from..to].to_owned());
    }
    found
}

#[test]
fn groups_capture() {
    let some = |texts: &[&str]| Some(texts.iter().map(|text| Some((*text).to_owned())).collect::<Vec<_>>());
    assert_eq!(matched("(.*)\\.nix", "a.b.nix"), some(&["a.b"]));
    assert_eq!(matched("(a|ab)(c|bcd)(d*)", "abcd"), some(&["a", "bcd", ""]));
    assert_eq!(matched("(a*)*", "aa"), some(&[""]));
    assert_eq!(matched("(a)|b", "b"), Some(vec![None]));
    assert_eq!(matched("[[:digit:]]+", "12x"), None);
    assert_eq!(all("a|ab|abc", "abcdab"), ["abc", "ab"]);
    assert_eq!(all("", "ab"), ["", "", ""]);
}

#[test]
fn nothing_takes_exponential_time() {
    let long = "a".repeat(2_000);
    for pattern in [
        "(a*)*b",
        "(a|a)*b",
        "(a|aa)+b",
        "((a?)*)*b",
        "a*a*a*b",
        "(.*)(.*)(.*)(.*)x",
        "(a?){20}b",
        "((a|b)*c|(a|d)*e)+f",
    ] {
        assert_eq!(matched(pattern, &long), None, "{pattern}");
        assert_eq!(all(pattern, &long[..400]), [""; 0], "{pattern}");
    }
    assert_eq!(matched("(a?){20}(a){20}", &long[..20]).unwrap().len(), 2);
    assert_eq!(all("(a|aa)*(b|$)", &long), [long.clone(), String::new()]);
}

#[test]
fn long_texts_are_no_deep_recursion() {
    let long = "ab".repeat(1_000_000);
    assert!(matched("((a|b)*)", &long).is_some());
    assert!(matched("(a(b))*", &long).is_some());
    assert_eq!(all("(a|b)*", &long).len(), 2);
    let nested = format!("{}a{}", "(".repeat(30_000), ")".repeat(30_000));
    assert_eq!(matched(&nested, "a").unwrap().len(), 30_000);
}

#[test]
fn what_is_too_large_is_said() {
    for pattern in ["a{100001}", "((a{1000}){1000})", "(){99999999}"] {
        assert_eq!(Regex::new(pattern.as_bytes()).err(), Some(Fault::TooLarge), "{pattern}");
    }
    for pattern in
        ["*", "a{", "a{2,1}", "(", ")", "[", "[b-a]", "\\d", "[[:no:]]", "a{99999999999999999999}", "a|*"]
    {
        assert_eq!(Regex::new(pattern.as_bytes()).err(), Some(Fault::Invalid), "{pattern}");
    }
}

#[test]
fn expressions_are_kept() {
    let mut cache = Cache::default();
    let first = cache.get(b"(a)").unwrap();
    assert!(Rc::ptr_eq(&first, &cache.get(b"(a)").unwrap()));
    assert_eq!(cache.get(b"(").err(), Some(Fault::Invalid));
}
