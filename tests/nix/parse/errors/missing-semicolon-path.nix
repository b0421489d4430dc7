{
  services.a = true
  services.b = false;
}
