# Sources from elsewhere: fixed-output derivations, which the stand-in names and hashes as nixpkgs does.
#
# A plain file is fetched by Nix itself (`builtin:fetchurl`). To unpack an archive needs programs, so what fetchFromGitHub gives
# can be evaluated, hashed and referred to; it is there after a build only where the store already has that content.
{ lib }:
let
  # One of `hash`, `sha256`, `sha512`, `outputHash`, as fetchers take them.
  hashOf = name: args:
    if args.hash or "" != "" then { outputHash = args.hash; outputHashAlgo = null; }
    else if args ? sha256 then {
      outputHash = if args.sha256 == "" then lib.fakeSha256 or zero else args.sha256;
      outputHashAlgo = "sha256";
    }
    else if args ? sha512 then { outputHash = args.sha512; outputHashAlgo = "sha512"; }
    else if args ? outputHash then { inherit (args) outputHash; outputHashAlgo = args.outputHashAlgo or "sha256"; }
    else throw "fetching `${name}` needs a hash";
  zero = "0000000000000000000000000000000000000000000000000000";

  fixed = args: derivation ({ system = "builtin"; builder = "builtin:fetchurl"; preferLocalBuild = true; } // args);

  archive = { name, url, args }:
    fixed ({
      inherit name url;
      urls = [ url ];
      outputHashMode = "recursive";
      # What is served is a tarball; builtin:fetchurl could unpack a NAR only, and says so by its hash.
      unpack = false;
      executable = false;
    } // hashOf name args) // { inherit url; meta = { }; };
in
rec {
  fetchurl = { url ? builtins.head urls, urls ? [ url ], name ? baseNameOf (toString url), executable ? false, ... }@args:
    fixed ({
      inherit name url executable urls;
      outputHashMode = if executable then "recursive" else "flat";
      unpack = false;
    } // hashOf name args) // { inherit url; meta = { }; };

  fetchzip = { url, name ? "source", ... }@args: archive { inherit name url args; };
  fetchTarball = builtins.fetchTarball;

  fetchFromGitHub = { owner, repo, rev ? null, tag ? null, name ? "source", githubBase ? "github.com", ... }@args:
    let
      revision = if tag != null then "refs/tags/${tag}" else if rev != null then rev
        else throw "fetchFromGitHub requires one of either `rev` or `tag` to be provided (not both).";
    in
    archive { inherit name args; url = "https://${githubBase}/${owner}/${repo}/archive/${revision}.tar.gz"; }
      // { inherit owner repo rev tag; };

  fetchFromGitLab = { owner, repo, rev ? null, tag ? null, name ? "source", domain ? "gitlab.com", ... }@args:
    let revision = if tag != null then "refs/tags/${tag}" else rev; in
    archive {
      inherit name args;
      url = "https://${domain}/api/v4/projects/${owner}%2F${repo}/repository/archive.tar.gz?sha=${revision}";
    }
      // { inherit owner repo rev tag; };

  fetchgit = { url, rev ? "HEAD", name ? lib.removeSuffix ".git" (baseNameOf url), ... }@args:
    archive { inherit name args; url = "${url}#${rev}"; } // { inherit rev; };
}
