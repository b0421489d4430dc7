# nginx: virtual hosts and their locations as nginx.conf.
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkEnableOption mkIf mkOption optionalString types;
  cfg = config.services.nginx;

  toggle = default: description: mkOption { type = types.bool; inherit default description; };
  nullable = type: description: mkOption { type = types.nullOr type; default = null; inherit description; };
  lines = description: mkOption { type = types.lines; default = ""; inherit description; };
  accounts = description: mkOption { type = types.attrsOf types.str; default = { }; inherit description; };

  location = { options = {
    proxyPass = nullable types.str "Where requests go.";
    proxyWebsockets = toggle false "Whether connections may become web sockets.";
    uwsgiPass = nullable types.str "A uwsgi server.";
    index = nullable types.str "The file of a folder.";
    tryFiles = nullable types.str "Files that are looked for.";
    root = nullable types.path "The folder of files.";
    alias = nullable types.path "A folder that stands for the location.";
    return = nullable (types.oneOf [ types.str types.int ]) "An answer.";
    basicAuth = accounts "Passwords by user, readable for all.";
    basicAuthFile = nullable types.path "A file of passwords.";
    fastcgiParams = mkOption {
      type = types.attrsOf (types.either types.str types.path);
      default = { };
      description = "Parameters for FastCGI.";
    };
    priority = mkOption { type = types.int; default = 1000; description = "Locations are written in this order."; };
    recommendedProxySettings = toggle cfg.recommendedProxySettings "Whether the usual headers are set.";
    extraConfig = lines "More of the location.";
  }; };

  listen = { options = {
    addr = mkOption { type = types.str; description = "The address."; };
    port = nullable types.port "The port.";
    ssl = toggle false "Whether it is encrypted.";
    proxyProtocol = toggle false "Whether it speaks the PROXY protocol.";
    extraParameters = mkOption { type = types.listOf types.str; default = [ ]; description = "More words."; };
  }; };

  host = { options = {
    serverName = nullable types.str "Its name, if not the one it is listed by.";
    serverAliases = mkOption { type = types.listOf types.str; default = [ ]; description = "More names."; };
    listen = mkOption { type = types.listOf (types.submodule listen); default = [ ]; description = "Addresses."; };
    listenAddresses = mkOption { type = types.listOf types.str; default = [ ]; description = "Addresses with the usual ports."; };
    default = toggle false "Whether it answers for unknown names.";
    enableACME = toggle false "Whether its certificate comes by ACME.";
    useACMEHost = nullable types.str "Whose certificate it uses.";
    acmeRoot = mkOption {
      type = types.nullOr types.str;
      default = "/var/lib/acme/acme-challenge";
      description = "Where challenges lie.";
    };
    acmeFallbackHost = nullable types.str "Who answers other challenges.";
    addSSL = toggle false "Whether it listens encrypted too.";
    onlySSL = toggle false "Whether it listens encrypted alone.";
    forceSSL = toggle false "Whether plain requests are sent there.";
    rejectSSL = toggle false "Whether encrypted requests are refused.";
    kTLS = toggle false "Whether the kernel encrypts.";
    http2 = toggle true "Whether HTTP/2 is spoken.";
    quic = toggle false "Whether QUIC is spoken.";
    sslCertificate = mkOption { type = types.path; description = "The certificate."; };
    sslCertificateKey = mkOption { type = types.path; description = "Its key."; };
    sslTrustedCertificate = nullable types.path "The root certificate.";
    globalRedirect = nullable types.str "A host all requests are sent to.";
    redirectCode = mkOption { type = types.ints.between 300 399; default = 301; description = "How they are."; };
    root = nullable types.path "The folder of files.";
    basicAuth = accounts "Passwords by user, readable for all.";
    basicAuthFile = nullable types.path "A file of passwords.";
    locations = mkOption { type = types.attrsOf (types.submodule location); default = { }; description = "Locations."; };
    extraConfig = lines "More of the host.";
  }; };

  upstream = { options = {
    servers = mkOption {
      type = types.attrsOf (types.attrsOf types.unspecified);
      default = { };
      description = "Servers, with their words.";
    };
    extraConfig = lines "More of it.";
  }; };

  indent = text: lib.concatMapStrings (line: optionalString (line != "") "  ${line}"
    + "\n") (lib.splitString "\n" (lib.removeSuffix "\n" text));
  block = title: body: "${title} {\n${indent body}}\n";
  line = key: value: optionalString (value != null) "${key} ${toString value};\n";
  free = text: optionalString (text != "") "${lib.removeSuffix "\n" text}\n";

  auth = zone: values:
    if values.basicAuthFile != null then "auth_basic secured;\nauth_basic_user_file ${values.basicAuthFile};\n"
    else optionalString (values.basicAuth != { }) "auth_basic secured;\nauth_basic_user_file ${
      pkgs.writeText "${lib.strings.sanitizeDerivationName zone}.htpasswd"
        (lib.concatStrings (lib.mapAttrsToList (user: password: "${user}:{PLAIN}${password}\n") values.basicAuth))};\n";

  headers = lib.concatMapStrings (header: "proxy_set_header ${header};\n") [
    "Host $host"
    "X-Real-IP $remote_addr"
    "X-Forwarded-For $proxy_add_x_forwarded_for"
    "X-Forwarded-Proto $scheme"
    "X-Forwarded-Host $host"
    "X-Forwarded-Server $hostname"
  ];

  locationText = zone: { name, value }: block "location ${name}" (
    optionalString (value.proxyPass != null
      && cfg.proxyResolveWhileRunning) "set $nix_proxy_target \"${toString value.proxyPass}\";\n"
    + line "proxy_pass" (if value.proxyPass != null && cfg.proxyResolveWhileRunning then "$nix_proxy_target" else value.proxyPass)
    + optionalString value.proxyWebsockets ''
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
    ''
    + line "uwsgi_pass" value.uwsgiPass
    + line "index" value.index + line "try_files" value.tryFiles + line "root" value.root + line "alias" value.alias
    + lib.concatStrings (lib.mapAttrsToList (key: parameter: "fastcgi_param ${key} \"${parameter}\";\n") value.fastcgiParams)
    + line "return" value.return
    + free value.extraConfig
    + optionalString (value.proxyPass != null && value.recommendedProxySettings) headers
    + auth "${zone}-location" value);

  certificate = host: values:
    if values.enableACME then host else if values.useACMEHost != null then values.useACMEHost else null;
  hostText = host: values:
    let
      name = if values.serverName != null then values.serverName else host;
      ssl = values.addSSL || values.onlySSL || values.forceSSL;
      acme = certificate host values;
      addresses = if values.listenAddresses != [ ] then values.listenAddresses else cfg.defaultListenAddresses;
      usual = encrypted: map (addr: {
        inherit addr;
        ssl = encrypted;
        port = if encrypted then cfg.defaultSSLListenPort else cfg.defaultHTTPListenPort;
        extraParameters = [ ];
        proxyProtocol = false;
      }) addresses;
      listens = if values.listen != [ ] then values.listen
        else lib.optionals (ssl || values.rejectSSL) (usual true) ++ lib.optionals (!values.onlySSL) (usual false);
      listenText = one: "listen ${one.addr}:${toString (if one.port != null then one.port else if one.ssl then 443 else 80)}${
        optionalString one.ssl " ssl"}${optionalString values.default " default_server"}${optionalString one.proxyProtocol " proxy_protocol"}${
        optionalString (one.extraParameters != [ ]) " ${toString one.extraParameters}"};\n";
      names = "server_name ${toString ([ name ] ++ values.serverAliases)};\n";
      directory = config.security.acme.certs.${acme}.directory;
      challenge = optionalString (acme != null && values.acmeRoot != null)
        (block "location ^~ /.well-known/acme-challenge/" "root ${values.acmeRoot};\nauth_basic off;\n");
      redirect = block "server" (lib.concatMapStrings listenText (lib.filter (one: !one.ssl) listens) + names + challenge
        + block "location /" "return ${toString values.redirectCode} https://$host$request_uri;\n");
      locations = lib.sort (a: b: a.value.priority < b.value.priority) (lib.mapAttrsToList lib.nameValuePair values.locations);
    in
    optionalString values.forceSSL redirect
    + block "server" (
      lib.concatMapStrings listenText (if values.forceSSL then lib.filter (one: one.ssl) listens else listens)
      + names
      + optionalString (ssl && values.http2) "http2 on;\n"
      + optionalString (!values.forceSSL) challenge
      + line "root" values.root
      + optionalString (values.globalRedirect != null) (block "location /"
          "return ${toString values.redirectCode} http${optionalString ssl "s"}://${values.globalRedirect}$request_uri;\n")
      + optionalString ssl (if acme != null
        then "ssl_certificate ${directory}/fullchain.pem;\nssl_certificate_key ${directory}/key.pem;\n"
          else "ssl_certificate ${values.sslCertificate};\nssl_certificate_key ${values.sslCertificateKey};\n")
      + optionalString values.rejectSSL "ssl_reject_handshake on;\n"
      + auth host values
      + lib.concatMapStrings (locationText host) locations
      + free values.extraConfig);

  # A server's word: alone, absent, or with a value.
  word = name: value: if value == true then " ${name}" else if value == false then "" else " ${name}=${toString value}";
  upstreamText = name: values: block "upstream ${name}" (lib.concatStrings (lib.mapAttrsToList (server: words:
    "server ${server}${lib.concatStrings (lib.mapAttrsToList word words)};\n") values.servers)
    + free values.extraConfig);

  text = ''
    pid /run/nginx/nginx.pid;
    error_log ${cfg.logError};
    daemon off;
  '' + free cfg.config + free cfg.prependConfig
  + block "events" (free cfg.eventsConfig)
  + block "http" (
    "include ${cfg.package}/conf/mime.types;\ndefault_type application/octet-stream;\n"
    + optionalString cfg.recommendedOptimisation "sendfile on;\ntcp_nopush on;\ntcp_nodelay on;\nkeepalive_timeout 65;\n"
    + optionalString cfg.recommendedTlsSettings ''
      ssl_session_timeout 1d;
      ssl_session_cache shared:SSL:10m;
      ssl_session_tickets off;
      ssl_prefer_server_ciphers off;
    ''
    + "ssl_protocols ${cfg.sslProtocols};\n"
    + optionalString cfg.recommendedGzipSettings "gzip on;\ngzip_static on;\ngzip_vary on;\ngzip_comp_level 5;\n"
    + optionalString cfg.recommendedProxySettings ''
      proxy_redirect off;
      proxy_connect_timeout ${cfg.proxyTimeout};
      proxy_send_timeout ${cfg.proxyTimeout};
      proxy_read_timeout ${cfg.proxyTimeout};
      proxy_http_version 1.1;
    ''
    + block "map $http_upgrade $connection_upgrade" "default upgrade;\n'' close;\n"
    + "client_max_body_size ${cfg.clientMaxBodySize};\nserver_tokens ${if cfg.serverTokens then "on" else "off"};\n"
    + free cfg.commonHttpConfig
    + lib.concatStrings (lib.mapAttrsToList upstreamText cfg.upstreams)
    + lib.concatStrings (lib.mapAttrsToList hostText cfg.virtualHosts)
    + optionalString cfg.statusPage (block "server" ("listen 127.0.0.1:80;\nserver_name localhost;\n"
      + block "location /nginx_status" "stub_status on;\naccess_log off;\nallow 127.0.0.1;\ndeny all;\n"))
    + free cfg.appendHttpConfig)
  + optionalString (cfg.streamConfig != "") (block "stream" cfg.streamConfig)
  + free cfg.appendConfig;

  configFile = pkgs.writeText "nginx.conf" text;
  reference = if cfg.enableReload then "/etc/nginx/nginx.conf" else configFile;
in
{
  options.services.nginx = {
    enable = mkEnableOption "nginx";
    package = mkOption { type = types.package; default = pkgs.nginx; description = "Which nginx."; };
    enableReload = toggle false "Whether a changed configuration is a reload.";
    user = mkOption { type = types.str; default = "nginx"; description = "Its account."; };
    group = mkOption { type = types.str; default = "nginx"; description = "Its group."; };
    virtualHosts = mkOption {
      type = types.attrsOf (types.submodule host);
      default = { localhost = { }; };
      description = "Virtual hosts.";
    };
    upstreams = mkOption { type = types.attrsOf (types.submodule upstream); default = { }; description = "Groups of servers."; };
    defaultListenAddresses = mkOption {
      type = types.listOf types.str;
      default = [ "0.0.0.0" ] ++ lib.optional config.networking.enableIPv6 "[::0]";
      description = "Addresses.";
    };
    defaultHTTPListenPort = mkOption { type = types.port; default = 80; description = "The usual port."; };
    defaultSSLListenPort = mkOption { type = types.port; default = 443; description = "The usual encrypted port."; };
    recommendedGzipSettings = toggle false "Whether answers are compressed.";
    recommendedOptimisation = toggle false "Whether the usual advice on speed is followed.";
    recommendedProxySettings = toggle false "Whether the usual headers are set for proxies.";
    recommendedTlsSettings = toggle false "Whether the usual advice on encryption is followed.";
    recommendedBrotliSettings = toggle false "Accepted.";
    proxyTimeout = mkOption { type = types.str; default = "60s"; description = "How long a server may take."; };
    proxyResolveWhileRunning = toggle false "Whether names are looked up again.";
    sslProtocols = mkOption { type = types.str; default = "TLSv1.2 TLSv1.3"; description = "Protocols."; };
    clientMaxBodySize = mkOption { type = types.str; default = "10m"; description = "The largest request."; };
    serverTokens = toggle false "Whether it says its version.";
    statusPage = toggle false "Whether there is a page of its state.";
    logError = mkOption { type = types.str; default = "stderr"; description = "Where errors go."; };
    config = lines "More at the top.";
    prependConfig = lines "More at the top.";
    appendConfig = lines "More at the end.";
    eventsConfig = lines "The block `events`.";
    commonHttpConfig = lines "More of `http`, before the hosts.";
    appendHttpConfig = lines "More of `http`, after the hosts.";
    streamConfig = lines "The block `stream`.";
    validateConfigFile = toggle true "Accepted; the stand-in's nginx checks nothing.";
  };

  config = mkIf cfg.enable {
    assertions = lib.concatLists (lib.mapAttrsToList (name: values: [
      {
        assertion = lib.count (on: on) [ values.addSSL values.onlySSL values.forceSSL values.rejectSSL ] <= 1;
        message = "services.nginx.virtualHosts.\"${name}\": only one of `addSSL`, `onlySSL`, `forceSSL` and `rejectSSL` can be on";
      }
      {
        assertion = !(values.enableACME && values.useACMEHost != null);
        message = "services.nginx.virtualHosts.\"${name}\": only one of `enableACME` and `useACMEHost` can be used";
      }
    ] ++ lib.concatLists (lib.mapAttrsToList (_: location: [ {
      assertion = location.root == null || location.alias == null;
      message = "services.nginx.virtualHosts.\"${name}\": a location has both `root` and `alias`";
    } ]) values.locations)) cfg.virtualHosts);

    users.users = mkIf (cfg.user == "nginx") { nginx = { inherit (cfg) group; isSystemUser = true; uid = 60; }; };
    users.groups = mkIf (cfg.group == "nginx") { nginx.gid = 60; };
    security.acme.certs = lib.mapAttrs (name: values: {
      webroot = lib.mkDefault values.acmeRoot;
      group = lib.mkDefault cfg.group;
      extraDomainNames = values.serverAliases;
      reloadServices = [ "nginx.service" ];
    })
      (lib.filterAttrs (_: values: values.enableACME) cfg.virtualHosts);

    environment.etc."nginx/nginx.conf" = mkIf cfg.enableReload { source = configFile; };
    systemd.services.nginx = {
      description = "Nginx Web Server";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];
      stopIfChanged = false;
      startLimitIntervalSec = 60;
      reloadTriggers = mkIf cfg.enableReload [ configFile ];
      serviceConfig = {
        ExecStart = "${cfg.package}/bin/nginx -c '${reference}'";
        ExecReload = [ "${cfg.package}/bin/nginx -c '${reference}' -t" "/bin/kill -HUP $MAINPID" ];
        Restart = "always";
        RestartSec = "10s";
        User = cfg.user;
        Group = cfg.group;
        RuntimeDirectory = "nginx";
        StateDirectory = "nginx";
        CacheDirectory = "nginx";
        LogsDirectory = "nginx";
        AmbientCapabilities = [ "CAP_NET_BIND_SERVICE" ];
      };
    };
  };
}
