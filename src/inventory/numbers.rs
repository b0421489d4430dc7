//! The arithmetic of a mesh's addresses: which numbers are members', and which is the next.

use super::model::Mesh;
use std::collections::BTreeSet;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::RangeInclusive;

/// The number that a new member of a mesh gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NextPostfix {
    /// The number.
    pub postfix: u32,
    /// The numbers above the greatest one are used up: this one lies between others, so it may have been somebody's
    /// who left, and someone may still know it under the old name. Worth saying aloud.
    pub gap: bool,
}

impl Mesh {
    /// The IPv4 address of a postfix, when the subnet is large enough: 10.88.127.0/24 and 3 make 10.88.127.3.
    pub fn address(&self, postfix: u32) -> Option<Ipv4Addr> {
        let address = u32::from(self.subnet.network()).checked_add(postfix)?;
        let address = Ipv4Addr::from(address);
        self.subnet.contains(&address).then_some(address)
    }

    /// The IPv6 address of a postfix, when the mesh has an IPv6 subnet.
    pub fn address6(&self, postfix: u32) -> Option<Ipv6Addr> {
        let subnet = self.subnet6?;
        let address = Ipv6Addr::from(u128::from(subnet.network()).checked_add(postfix.into())?);
        subnet.contains(&address).then_some(address)
    }

    /// True when a member can have this number: it makes an address of the subnet, which is neither that of the
    /// network nor its broadcast address, and one of the IPv6 subnet where there is one.
    pub fn is_host(&self, postfix: u32) -> bool {
        let in_ipv6 = self.subnet6.is_none() || self.address6(postfix).is_some();
        self.hosts().contains(&postfix) && in_ipv6 && !self.is_routers(postfix)
    }

    /// The numbers that make an IPv4 address for a member. A /31 has neither a network nor a broadcast address
    /// (RFC 3021), and a /32 is one address.
    pub fn hosts(&self) -> RangeInclusive<u32> {
        let last = u32::from(self.subnet.broadcast()) - u32::from(self.subnet.network());
        if self.subnet.prefix_len() < 31 { 1..=last - 1 } else { 0..=last }
    }

    /// True when the number makes the IPv6 address that all routers of the subnet share (RFC 4291, section 2.6.1).
    /// A /127 has none (RFC 6164).
    pub fn is_routers(&self, postfix: u32) -> bool {
        postfix == 0 && self.subnet6.is_some_and(|subnet| subnet.prefix_len() < 127)
    }

    /// The number for a new member: one above the greatest that is used or that `last_postfix` remembers, so that the
    /// number of a machine that left is not given to another; when there is none above, the lowest that is free. Nothing when the subnet is full.
    pub fn next_postfix(&self) -> Option<NextPostfix> {
        let used: BTreeSet<u32> = self.members.values().map(|member| member.postfix).collect();
        let hosts = self.hosts();
        // A number outside the subnet is the check's affair.
        let greatest = used.range(..=hosts.end()).next_back();
        let greatest = greatest.max(self.last_postfix.as_ref().filter(|last| hosts.contains(last)));
        let above = greatest.map_or(Some(*hosts.start()), |greatest| greatest.checked_add(1));
        let above = above.filter(|&postfix| self.is_host(postfix));
        let above = above.map(|postfix| NextPostfix { postfix, gap: false });
        above.or_else(|| {
            // At most one more candidate than there are members.
            let mut free = hosts.filter(|postfix| !used.contains(postfix) && !self.is_routers(*postfix));
            free.next()
                .filter(|&postfix| self.is_host(postfix))
                .map(|postfix| NextPostfix { postfix, gap: true })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::MachineName;
    use crate::inventory::Inventory;

    fn mesh(subnet: &str, used: &[u32]) -> Mesh {
        let mut text = format!("[fleet]\nname = \"t\"\n[mesh.m]\nsubnet = \"{subnet}\"\n");
        for postfix in used {
            text.push_str(&format!("external.m{postfix}.postfix = {postfix}\n"));
        }
        let (inventory, reports) = Inventory::parse("fleet.toml", &text);
        inventory.unwrap_or_else(|| panic!("{reports:?}")).meshes.into_values().next().unwrap()
    }

    #[test]
    fn a_number_is_not_given_twice_while_there_are_others() {
        let next =
            |subnet, used: &[u32]| mesh(subnet, used).next_postfix().map(|next| (next.postfix, next.gap));
        assert_eq!(next("10.0.0.0/24", &[]), Some((1, false)));
        assert_eq!(next("10.0.0.0/24", &[1, 7, 200]), Some((201, false)));
        assert_eq!(next("10.0.0.0/24", &[1, 2, 254]), Some((3, true)));
        assert_eq!(next("10.0.0.0/24", &[1, 300]), Some((2, false)));
        assert_eq!(next("10.0.0.0/30", &[1, 2]), None);
        let after = |last, used: &[u32]| {
            let mesh = Mesh { last_postfix: Some(last), ..mesh("10.0.0.0/24", used) };
            mesh.next_postfix().map(|next| (next.postfix, next.gap))
        };
        assert_eq!(after(200, &[1, 7]), Some((201, false)));
        assert_eq!(after(5, &[1, 7]), Some((8, false)));
        assert_eq!(after(254, &[1, 7]), Some((2, true)));
        assert_eq!(after(9999, &[1, 7]), Some((8, false)));
        assert_eq!(next("10.0.0.0/31", &[]), Some((0, false)));
        assert_eq!(next("10.0.0.0/31", &[0]), Some((1, false)));
        assert_eq!(next("10.0.0.0/31", &[1]), Some((0, true)));
        assert_eq!(next("10.0.0.0/31", &[0, 1]), None);
        assert_eq!(next("10.0.0.0/8", &[16_777_213]), Some((16_777_214, false)));
        assert_eq!(next("10.0.0.0/8", &[16_777_214]), Some((1, true)));
    }

    #[test]
    fn network_and_broadcast_are_nobodys() {
        let mesh = mesh("10.0.0.64/26", &[]);
        assert!(!mesh.is_host(0) && mesh.is_host(1) && mesh.is_host(62) && !mesh.is_host(63));
        assert!(!mesh.is_host(u32::MAX));
        assert_eq!(mesh.address(1), Some(Ipv4Addr::new(10, 0, 0, 65)));
    }

    #[test]
    fn two_members_fit_in_the_smallest_subnets() {
        let mut mesh = mesh("10.0.0.6/31", &[]);
        assert!(mesh.is_host(0) && mesh.is_host(1) && !mesh.is_host(2) && !mesh.is_host(u32::MAX));
        assert_eq!(mesh.address(1), Some(Ipv4Addr::new(10, 0, 0, 7)));
        mesh.subnet6 = Some("fd00::2/127".parse().unwrap());
        assert!(mesh.is_host(0) && mesh.is_host(1) && !mesh.is_host(2));
        assert_eq!(mesh.address6(1), Some("fd00::3".parse().unwrap()));
        mesh.subnet6 = Some("fd00::/64".parse().unwrap());
        assert!(!mesh.is_host(0) && mesh.is_host(1), "fd00:: is the address of all routers");
        mesh.subnet = "10.0.0.0/24".parse().unwrap();
        mesh.subnet6 = Some("fd00::/127".parse().unwrap());
        assert!(!mesh.is_host(0) && mesh.is_host(1) && !mesh.is_host(2), "10.0.0.0 is the network's");
    }

    #[test]
    fn a_small_ipv6_subnet_is_full_first() {
        let mut mesh = mesh("10.0.0.0/16", &[254]);
        mesh.subnet6 = Some("fd00::/120".parse().unwrap());
        assert_eq!(mesh.next_postfix().map(|next| next.postfix), Some(255));
        let member = mesh.members.values().next().unwrap().clone();
        mesh.members
            .insert(MachineName::parse("b").unwrap(), super::super::Member { postfix: 255, ..member });
        assert_eq!(mesh.next_postfix(), Some(NextPostfix { postfix: 1, gap: true }));
    }
}
