# Every machine is everybody's peer.
{ self, inputs, machine ? "hub" }:
(inputs.fleet.lib.builders { inherit self inputs; root = ../.; }).wgPeers { inherit self machine; hubs = [ "hub" ]; }
