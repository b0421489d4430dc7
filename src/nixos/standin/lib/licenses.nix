# Licences that packages of the stand-in and of small fleets name. SPDX has the identifiers: https://spdx.org/licenses
lib:
let
  open = fullName: spdxId: {
    inherit fullName spdxId;
    url = "https://spdx.org/licenses/${spdxId}.html";
    free = true;
    redistributable = true;
    deprecated = false;
  };
  closed = fullName: redistributable: {
    inherit fullName redistributable;
    free = false;
    deprecated = false;
  };
in
builtins.mapAttrs (shortName: license: { inherit shortName; } // license) {
  agpl3Only = open "GNU Affero General Public License v3.0 only" "AGPL-3.0-only";
  agpl3Plus = open "GNU Affero General Public License v3.0 or later" "AGPL-3.0-or-later";
  artistic2 = open "Artistic License 2.0" "Artistic-2.0";
  asl20 = open "Apache License 2.0" "Apache-2.0";
  boost = open "Boost Software License 1.0" "BSL-1.0";
  bsd0 = open "BSD Zero Clause License" "0BSD";
  bsd2 = open "BSD 2-clause \"Simplified\" License" "BSD-2-Clause";
  bsd3 = open "BSD 3-clause \"New\" or \"Revised\" License" "BSD-3-Clause";
  cc0 = open "Creative Commons Zero v1.0 Universal" "CC0-1.0";
  curl = open "curl License" "curl";
  gpl2Only = open "GNU General Public License v2.0 only" "GPL-2.0-only";
  gpl2Plus = open "GNU General Public License v2.0 or later" "GPL-2.0-or-later";
  gpl3Only = open "GNU General Public License v3.0 only" "GPL-3.0-only";
  gpl3Plus = open "GNU General Public License v3.0 or later" "GPL-3.0-or-later";
  isc = open "ISC License" "ISC";
  lgpl21Only = open "GNU Lesser General Public License v2.1 only" "LGPL-2.1-only";
  lgpl21Plus = open "GNU Lesser General Public License v2.1 or later" "LGPL-2.1-or-later";
  lgpl3Only = open "GNU Lesser General Public License v3.0 only" "LGPL-3.0-only";
  lgpl3Plus = open "GNU Lesser General Public License v3.0 or later" "LGPL-3.0-or-later";
  mit = open "MIT License" "MIT";
  mpl20 = open "Mozilla Public License 2.0" "MPL-2.0";
  ofl = open "SIL Open Font License 1.1" "OFL-1.1";
  openssl = open "OpenSSL License" "OpenSSL";
  postgresql = open "PostgreSQL License" "PostgreSQL";
  unlicense = open "The Unlicense" "Unlicense";
  vim = open "Vim License" "Vim";
  zlib = open "zlib License" "Zlib";
  free = {
    fullName = "Unspecified free software license";
    free = true;
    redistributable = true;
    deprecated = false;
  };
  publicDomain = {
    fullName = "Public Domain";
    free = true;
    redistributable = true;
    deprecated = false;
  };
  unfree = closed "Unfree" false;
  unfreeRedistributable = closed "Unfree redistributable" true;
  unfreeRedistributableFirmware = closed "Unfree redistributable firmware" true;
}
