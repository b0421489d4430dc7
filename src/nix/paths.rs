//! Paths as text: made absolute and tidy without asking the file system.

/// `path` seen from `folder`, without `.`, `..`, empty parts or a slash at its end. `folder` is absolute.
pub fn absolute(folder: &str, path: &str) -> String {
    if path.starts_with('/') { tidy(path) } else { tidy(&format!("{folder}/{path}")) }
}

/// An absolute path without `.`, `..`, empty parts or a slash at its end. The root is its own parent.
pub fn tidy(path: &str) -> String {
    let mut tidy = String::with_capacity(path.len());
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => tidy.truncate(tidy.rfind('/').unwrap_or(0)),
            part => {
                tidy.push('/');
                tidy.push_str(part);
            }
        }
    }
    if tidy.is_empty() {
        tidy.push('/');
    }
    tidy
}

/// The folder a path is in; the root is in itself.
pub fn parent(path: &str) -> &str {
    match path.rfind('/') {
        Some(0) | None => "/",
        Some(at) => &path[..at],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_tidied() {
        for (path, wanted) in
            [("/a/./b//c/", "/a/b/c"), ("/..", "/"), ("/a/../..", "/"), ("/", "/"), ("/a/b/../c", "/a/c")]
        {
            assert_eq!(tidy(path), wanted);
        }
        assert_eq!(absolute("/x/y", "../z"), "/x/z");
        assert_eq!(absolute("/x/y", "/z"), "/z");
        assert_eq!((parent("/a/b"), parent("/a"), parent("/")), ("/a", "/", "/"));
    }
}
