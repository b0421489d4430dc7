{
  script = ''
    echo
  '';
  other = ''a;
}
