# What services are configured with: nginx, Prometheus, sshd, certificates.
{ config, unit, etc, toplevel, written, lib, ... }:
let
  nginx = {
    services.nginx = {
      enable = true;
      enableReload = true;
      recommendedProxySettings = true;
      upstreams.shop.servers = { "10.88.127.51:8080" = { weight = 5; }; "10.88.127.52:8080" = { backup = true; }; };
      virtualHosts."prometheus.example.net" = {
        locations."~/" = { proxyPass = "http://10.88.127.3:9090"; };
        locations."/live" = { proxyPass = "http://shop"; proxyWebsockets = true; priority = 100; };
      };
      virtualHosts."example.net" = {
        serverAliases = [ "www.example.net" ];
        default = true;
        forceSSL = true;
        enableACME = true;
        root = "/var/www";
        locations."/".tryFiles = "$uri $uri/ =404";
        locations."= /old".return = "301 /new";
        extraConfig = "add_header X-Frame-Options DENY;";
      };
    };
    security.acme = { acceptTerms = true; defaults.email = "operator@example.net"; };
  };
  prometheus = {
    services.prometheus = {
      enable = true;
      enableReload = true;
      port = 9091;
      retentionTime = "30d";
      globalConfig.scrape_interval = "15s";
      scrapeConfigs = [
        {
          job_name = "node";
          static_configs = [ { targets = [ "10.88.127.1:9100" "10.88.127.3:9100" ]; labels.site = "home"; } ];
        }
        {
          job_name = "probe";
          metrics_path = "/probe";
          params.module = [ "http_2xx" ];
          static_configs = [ { targets = [ "a" ]; } ];
        }
      ];
      exporters.node = { enable = true; enabledCollectors = [ "systemd" ]; openFirewall = true; };
    };
  };
  ssh = {
    services.openssh = {
      enable = true;
      ports = [ 1108 ];
      settings = {
        PasswordAuthentication = false;
        PermitRootLogin = "no";
        AllowUsers = [ "deploy" "anna" ];
        Ciphers = [ "a" "b" ];
      };
      hostKeys = [ { type = "ed25519"; path = "/etc/ssh/ssh_host_ed25519_key"; } ];
      extraConfig = "MaxAuthTries 3";
    };
    users.users.deploy = { isNormalUser = true; openssh.authorizedKeys.keys = [ "ssh-ed25519 AAAA deploy" ]; };
    programs.ssh.knownHosts."cortex-alpha" = { extraHostNames = [ "10.88.127.1" ]; publicKey = "ssh-ed25519 BBBB"; };
  };
in
{
  derivation = toplevel [ nginx prometheus ssh ];
  nginx-conf = written (config nginx).environment.etc."nginx/nginx.conf".source;
  nginx-unit = unit nginx "nginx.service";
  acme-unit = unit nginx "acme-example.net.service";
  acme-timer = unit nginx "acme-renew-example.net.timer";
  prometheus-yml = written (config prometheus).environment.etc."prometheus/prometheus.yaml".source;
  prometheus-unit = unit prometheus "prometheus.service";
  node-exporter = unit prometheus "prometheus-node-exporter.service";
  exporter-opens-its-port = (config prometheus).networking.firewall.allowedTCPPorts;
  sshd-config = etc ssh "ssh/sshd_config";
  sshd-unit = unit ssh "sshd.service";
  sshd-opens-its-port = (config ssh).networking.firewall.allowedTCPPorts;
  authorized-keys = etc ssh "ssh/authorized_keys.d/deploy";
  known-hosts = etc ssh "ssh/ssh_known_hosts";
  a-renamed-option = etc { services.openssh.enable = true; services.openssh.permitRootLogin = "yes"; } "ssh/sshd_config";
  terms-are-accepted-by-people = (config [ nginx { security.acme.acceptTerms = lib.mkForce false; } ]).system.build.toplevel.name;
  one-way-to-encrypt = (config [ nginx { services.nginx.virtualHosts."example.net".addSSL = true; } ]).system.build.toplevel.name;
}
