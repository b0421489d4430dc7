# Prometheus and the exporters it asks: what is scraped, the rules, and a unit for each.
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkDefault mkEnableOption mkIf mkOption types;
  cfg = config.services.prometheus;
  yaml = pkgs.formats.yaml { };

  strings = description: mkOption { type = types.listOf types.str; default = [ ]; inherit description; };
  nullable = type: description: mkOption { type = types.nullOr type; default = null; inherit description; };

  static = { options = {
    targets = mkOption { type = types.listOf types.str; description = "Addresses with ports."; };
    labels = mkOption { type = types.attrsOf types.str; default = { }; description = "Labels of what comes from them."; };
  }; };
  # What a module says and no option names goes into the file as it is.
  scrape = {
    freeformType = yaml.type;
    options = {
      job_name = mkOption { type = types.str; description = "The job's name."; };
      scrape_interval = nullable types.str "How often it is asked.";
      scrape_timeout = nullable types.str "How long it may take.";
      metrics_path = nullable types.str "The path.";
      scheme = nullable (types.enum [ "http" "https" ]) "The protocol.";
      honor_labels = nullable types.bool "Whether labels of the target win.";
      static_configs = mkOption { type = types.listOf (types.submodule static); default = [ ]; description = "Targets."; };
      relabel_configs = mkOption { type = types.listOf yaml.type; default = [ ]; description = "Changes of labels."; };
    };
  };

  # Null and empty values are what Prometheus has by itself.
  given = value:
    if builtins.isAttrs value
      && !(value ? outPath)
      then lib.mapAttrs (_: given) (lib.filterAttrs (name: inner: !(inner == null
        || inner == [ ]
        || inner == { }
        || lib.hasPrefix "_" name)) value)
    else if builtins.isList value then map given value else value;

  configFile = yaml.generate "prometheus.yml" (given {
    global = cfg.globalConfig;
    scrape_configs = cfg.scrapeConfigs;
    remote_write = cfg.remoteWrite;
    remote_read = cfg.remoteRead;
    rule_files = cfg.ruleFiles
      ++ lib.optional (cfg.rules != [ ]) (pkgs.writeText "prometheus.rules" (lib.concatStringsSep "\n" cfg.rules));
    alerting = if cfg.alertmanagers == [ ] then null else { inherit (cfg) alertmanagers; };
  });

  # Exporters by name: the port it has and the package it is.
  exporters = {
    node = { port = 9100; package = pkgs.prometheus-node-exporter; program = "node_exporter"; collectors = true; };
    nginx = { port = 9113; package = pkgs.nginx; program = "nginx-prometheus-exporter"; };
    wireguard = { port = 9586; package = pkgs.wireguard-tools; program = "prometheus_wireguard_exporter"; };
    blackbox = { port = 9115; package = pkgs.prometheus; program = "blackbox_exporter"; };
    systemd = { port = 9558; package = pkgs.systemd; program = "systemd_exporter"; collectors = true; };
    zfs = { port = 9134; package = pkgs.zfs; program = "zfs_exporter"; };
  };
  exporterOptions = name: default: {
    enable = mkEnableOption "the exporter `${name}`";
    port = mkOption { type = types.port; default = default.port; description = "Its port."; };
    listenAddress = mkOption { type = types.str; default = "0.0.0.0"; description = "Its address."; };
    extraFlags = strings "Arguments.";
    openFirewall = mkOption { type = types.bool; default = false; description = "Whether the firewall lets it through."; };
    firewallFilter = nullable types.str "What the firewall asks of packets.";
    user = mkOption { type = types.str; default = "${name}-exporter"; description = "Its account."; };
    group = mkOption { type = types.str; default = "${name}-exporter"; description = "Its group."; };
  } // lib.optionalAttrs (default.collectors or false) {
    enabledCollectors = strings "Collectors besides the usual.";
    disabledCollectors = strings "Usual collectors that are off.";
  };
  on = lib.filterAttrs (name: _: cfg.exporters.${name}.enable) exporters;
  exporterUnit = name: default:
    let values = cfg.exporters.${name}; in
    lib.nameValuePair "prometheus-${name}-exporter" {
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];
      serviceConfig = {
        ExecStart = lib.concatStringsSep " " ([ "${default.package}/bin/${default.program}" ]
          ++ map (collector: "--collector.${collector}") (values.enabledCollectors or [ ])
          ++ map (collector: "--no-collector.${collector}") (values.disabledCollectors or [ ])
          ++ [ "--web.listen-address ${values.listenAddress}:${toString values.port}" ] ++ values.extraFlags);
        Restart = "always";
        DynamicUser = true;
        User = values.user;
        Group = values.group;
        PrivateTmp = true;
        WorkingDirectory = "/tmp";
      };
    };
in
{
  options.services.prometheus = {
    enable = mkEnableOption "Prometheus";
    package = mkOption { type = types.package; default = pkgs.prometheus; description = "Which Prometheus."; };
    port = mkOption { type = types.port; default = 9090; description = "Its port."; };
    listenAddress = mkOption { type = types.str; default = "0.0.0.0"; description = "Its address."; };
    stateDir = mkOption { type = types.str; default = "prometheus2"; description = "Its folder below /var/lib."; };
    retentionTime = nullable types.str "How long samples are kept.";
    webExternalUrl = nullable types.str "Where it is seen from outside.";
    extraFlags = strings "Arguments.";
    checkConfig = mkOption {
      type = types.either types.bool (types.enum [ "syntax-only" ]);
      default = true;
      description = "Accepted; the stand-in's promtool checks nothing.";
    };
    enableReload = mkOption { type = types.bool; default = false; description = "Whether a changed configuration is a reload."; };
    globalConfig = mkOption {
      type = types.submodule { freeformType = yaml.type; };
      default = { };
      description = "What holds for all jobs.";
    };
    scrapeConfigs = mkOption { type = types.listOf (types.submodule scrape); default = [ ]; description = "Jobs."; };
    rules = mkOption { type = types.listOf types.str; default = [ ]; description = "Rules."; };
    ruleFiles = mkOption { type = types.listOf types.path; default = [ ]; description = "Files of rules."; };
    remoteWrite = mkOption { type = types.listOf yaml.type; default = [ ]; description = "Where samples go."; };
    remoteRead = mkOption { type = types.listOf yaml.type; default = [ ]; description = "Where samples come from."; };
    alertmanagers = mkOption { type = types.listOf yaml.type; default = [ ]; description = "Who is told."; };
    exporters = lib.mapAttrs exporterOptions exporters;
  };

  config = lib.mkMerge [
    (mkIf cfg.enable {
      assertions = [ {
        assertion = lib.allUnique (map (job: job.job_name) cfg.scrapeConfigs);
        message = "services.prometheus.scrapeConfigs: two jobs have one name";
      } ];
      users.groups.prometheus.gid = 255;
      users.users.prometheus = { description = "Prometheus daemon user"; uid = 255; isSystemUser = true; group = "prometheus"; };
      environment.etc."prometheus/prometheus.yaml" = mkIf cfg.enableReload { source = configFile; };
      systemd.services.prometheus = {
        wantedBy = [ "multi-user.target" ];
        after = [ "network.target" ];
        reloadTriggers = mkIf cfg.enableReload [ configFile ];
        serviceConfig = {
          ExecStart = lib.concatStringsSep " " ([
            "${cfg.package}/bin/prometheus"
            "--storage.tsdb.path=/var/lib/${cfg.stateDir}/data/"
            "--config.file=${if cfg.enableReload then "/etc/prometheus/prometheus.yaml" else configFile}"
            "--web.listen-address=${cfg.listenAddress}:${toString cfg.port}"
          ] ++ lib.optional (cfg.webExternalUrl != null) "--web.external-url=${cfg.webExternalUrl}"
            ++ lib.optional (cfg.retentionTime != null) "--storage.tsdb.retention.time=${cfg.retentionTime}"
            ++ cfg.extraFlags);
          ExecReload = mkIf cfg.enableReload "/bin/kill -HUP $MAINPID";
          User = "prometheus";
          Restart = "always";
          RuntimeDirectory = "prometheus";
          StateDirectory = cfg.stateDir;
          WorkingDirectory = "/var/lib/${cfg.stateDir}";
        };
      };
    })
    {
      systemd.services = lib.mapAttrs' exporterUnit on;
      networking.firewall.allowedTCPPorts = lib.concatMap (name: lib.optional cfg.exporters.${name}.openFirewall cfg.exporters.${name}.port) (lib.attrNames on);
    }
  ];
}
