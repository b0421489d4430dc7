{
  services.ssh = { enable = true; };
  services.ssh.enable = false;
}
