# Folders made by a shell that has nothing but itself.
#
# Nothing here may need a program: not mkdir, not ln, not chmod. A shell's own `printf` can write one plain file, and Nix
# itself can unpack an archive (`builtin:unpack-channel`) and merge folders by links (`builtin:buildenv`). So a tree is a tar
# archive that the shell prints, which Nix unpacks: folders, links and executable files come from the archive's headers.
{ system, shell ? "/bin/sh" }:
let
  inherit (builtins) attrNames concatLists concatMap concatStringsSep genList head isAttrs length stringLength substring;

  # What the kernel takes as one argument or variable is at most 128 KiB.
  piece = 100000;
  pieces = text:
    let size = stringLength text; in
    if size <= piece then [ text ] else genList (n: substring (n * piece) piece text) ((size + piece - 1) / piece);

  # One plain file. The text may be as long as all arguments of a process together (2 MiB on Linux).
  file = name: text: more:
    derivation ({
      inherit name system;
      builder = shell;
      args = [ "-c" ''out_=$out; for part in "$@"; do printf %s "$part"; done > "$out_"'' name ] ++ pieces text;
      preferLocalBuild = true;
      allowSubstitutes = false;
    } // more);

  # The archive's writer. Each entry is `path type mode count piece…`; type is `file` or `link`, whose text is the target.
  #
  # A header of ustar (POSIX.1-1988) has a checksum over its bytes. Paths and targets go into a record of POSIX.1-2001 (pax,
  # type `x`) in front of it, so they may be long, and what is left in the header is constant but for mode, size and
  # type: the sum is a known one plus their digits.
  writer = ''
    z4='\000\000\000\000'; z16=$z4$z4$z4$z4; z64=$z16$z16$z16$z16
    sum() {
      total=$1 digits=$2
      while [ -n "$digits" ]; do
        rest=''${digits#?}
        total=$((total + ''${digits%"$rest"})) digits=$rest
      done
    }
    # header TYPE MODE SIZE: the sum of a header whose numbers are all zero is 3126, with the type `0`.
    # libarchive heeds a link's record only where the header names some target too: hence the `f`.
    header() {
      octal=$(printf %011o "$3")
      case $1 in x) base=3198 link='\000' ;; 0) base=3126 link='\000' ;; 2) base=3230 link=f ;; esac
      sum $base "$2$octal"
      printf "f\000\000\000$z64$z16$z16"
      printf '%s\0000000000\0000000000\000%s\00000000000001\000%06o\000 %s' "$2" "$octal" "$total" "$1"
      printf "$link\000\000\000$z64$z16$z16"
      printf 'ustar\00000'
      printf "$z64$z64$z64$z16$z16$z16\000\000\000\000\000\000\000"
    }
    # pad SIZE: to whole blocks of 512 bytes
    pad() { [ $(($1 % 512)) = 0 ] || printf "%$((512 - $1 % 512))s" ""; }
    # record KEY VALUE: a record says its own length, digits included.
    record() {
      body=" $1=$2
    "
      whole=$((''${#body} + 1))
      while [ $((''${#body} + ''${#whole})) -ne $whole ]; do whole=$((''${#body} + ''${#whole})); done
      line=$whole$body
    }
    extended() { header x 0000644 ''${#1}; printf %s "$1"; pad ''${#1}; }
    LC_ALL=C
    while [ $# -gt 0 ]; do
      path=$1 type=$2 mode=$3 count=$4
      shift 4
      record path "$path"
      records=$line
      if [ "$type" = link ]; then
        record linkpath "$1"
        extended "$records$line"
        header 2 0000777 0
        shift
      else
        extended "$records"
        size=0 at=0
        for part; do
          [ $((at += 1)) -le "$count" ] || break
          size=$((size + ''${#part}))
        done
        header 0 "$mode" $size
        while [ "$count" -gt 0 ]; do
          printf %s "$1"
          shift
          count=$((count - 1))
        done
        pad $size
      fi
    done >"$out"
    printf "$z64$z64$z64$z64$z64$z64$z64$z64$z64$z64$z64$z64$z64$z64$z64$z64" >>"$out"
  '';

  # An entry is a text (a plain file), or { text, executable ? false }, or { link = target; }.
  entry = path: value:
    let
      text = if isAttrs value && !(value ? outPath) then value.text else value;
      parts = pieces text;
    in
    if isAttrs value && value ? link then
      [ path "link" "0000777" "1" "${value.link}" ]
    else
      [ path "file" (if value.executable or false then "0000755" else "0000644") (toString (length parts)) ] ++ parts;

  # The first part of a path: what lies at the top of the tree.
  top = path: head (builtins.split "/" path);

  # Trees whose entries all lie under one name at the top, which is most, need no more than the unpacking.
  unpacked = name: topName: entries: more:
    derivation ({
      name = name;
      inherit system;
      builder = "builtin:unpack-channel";
      channelName = topName;
      src = derivation {
        name = "${name}.tar";
        inherit system;
        builder = shell;
        args = [ "-c" writer name ] ++ concatLists (map (path: entry path entries.${path}) (attrNames entries));
        preferLocalBuild = true;
        allowSubstitutes = false;
      };
      preferLocalBuild = true;
    } // more);

  # Folders merged by links; where two have a file of one name, the lower priority number wins.
  merged = name: folders: more:
    derivation ({
      inherit name system;
      builder = "builtin:buildenv";
      derivations = concatMap (folder: [ "true" (toString (folder.priority or 5)) 1 folder.path ]) folders;
      # buildenv was made for profiles and links this as manifest.nix.
      manifest = file "${name}-contents" (concatStringsSep "\n" (map (folder: "${folder.path}") folders) + "\n") { };
      preferLocalBuild = true;
      allowSubstitutes = false;
    } // more);

  tree = name: entries: more:
    let
      paths = attrNames entries;
      tops = attrNames (builtins.listToAttrs (map (path: { name = top path; value = null; }) paths));
      below = builtins.listToAttrs (map (path: { name = "tree/${path}"; value = entries.${path}; }) paths);
    in
    if paths == [ ] then
      throw "a tree needs a file: `${name}` has none"
    else if length tops == 1 then
      unpacked name (head tops) entries more
    else
      merged name [ { path = "${unpacked "${name}-tree" "tree" below { }}/tree"; } ] more;
in
{
  inherit file tree merged;
}
