package exposure

import (
	"slices"
	"strings"
)

// throughs are the types whose rules open nothing by themselves: routes, and access
// lists that stand before or around other rules and can only narrow what those let in.
// Types that are both say it in their lines.
var throughs = func() map[string]through {
	m := map[string]through{}
	for name := range strings.FieldsSeq(`aws_route aws_route_table aws_default_route_table aws_ec2_transit_gateway_route awscc_ec2_route
		azurerm_route azurerm_route_table google_compute_route oci_core_route_table oci_core_default_route_table`) {
		m[name] = throughRoute
	}
	for name := range strings.FieldsSeq(`aws_network_acl aws_default_network_acl aws_network_acl_rule aws_networkfirewall_rule_group
		alicloud_network_acl alicloud_network_acl_entries alicloud_cloud_firewall_control_policy
		google_compute_security_policy google_compute_security_policy_rule google_compute_region_security_policy google_compute_region_security_policy_rule
		huaweicloud_network_acl_rule huaweicloud_vpc_network_acl ibm_is_network_acl ibm_is_network_acl_rule
		huaweicloud_cfw_acl_rule oci_network_firewall_network_firewall_policy_security_rule openstack_fw_rule_v2 scaleway_vpc_acl tencentcloud_vpc_acl`) {
		m[name] = throughACL
	}
	return m
}()

// withoutTold leaves out of what is told of address lists what is told of a rule that
// refers to them, with its ports. What a list lets in that no rule of the plan newly
// lets in for it stays: rules of other plans may refer to it.
func (s *Set) withoutTold(fs []*fragment, work *budget) ([]*fragment, error) {
	type what struct {
		list, name int32
		family     family
		sensitive  bool
	}
	told := map[what][]Span{}
	for _, f := range fs {
		if f.via != 0 && f.dir == ingress && f.through == throughNothing {
			k := what{f.via, f.name, f.family, f.sensitive}
			told[k] = union(append(told[k], f.fresh...))
			if err := work.spend(len(told[k])); err != nil {
				return nil, err
			}
		}
	}
	if len(told) == 0 {
		return fs, nil
	}
	lists := map[int32]int32{} // of each resource the list that it is, or is part of
	for i := range s.resources {
		for _, b := range slices.Concat(s.resources[i].before, s.resources[i].after) {
			if b.dir == list {
				lists[int32(i)] = b.owner //nolint:gosec // at most the limit
			}
		}
	}
	var err error
	out := slices.DeleteFunc(slices.Clone(fs), func(f *fragment) bool {
		if f.dir != list || lists[f.res] == 0 {
			return false
		}
		spans := told[what{lists[f.res], f.name, f.family, f.sensitive}]
		if e := work.spend(len(spans) + len(f.fresh)); e != nil {
			err = e
		}
		return len(spans) > 0 && len(subtract(f.fresh, spans)) == 0
	})
	return out, err
}
