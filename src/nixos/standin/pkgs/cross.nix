# Platforms a fleet builds for from elsewhere, by the names nixpkgs has for them (`lib.systems.examples`).
{
  aarch64-multiplatform = "aarch64-linux";
  gnu64 = "x86_64-linux";
}
