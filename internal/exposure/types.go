package exposure

import "maps"

// extractors read the lines of the types that say who may connect.
var extractors = func() map[string]extract {
	m := otherExtractors()
	if m == nil {
		m = map[string]extract{}
	}
	maps.Copy(m, awsExtractors())
	maps.Copy(m, filterExtractors())
	return m
}()

// remains read what is left of an object when it is destroyed.
var remains = func() map[string]extract {
	m := otherRemains()
	maps.Copy(m, filterRemains())
	return m
}()

// outlives reports whether the rules of a type stay when the resource is destroyed:
// what every network has cannot be destroyed, it only leaves the state.
// Source: documentation of the AWS provider.
func outlives(typ string) bool {
	switch typ {
	case "aws_default_security_group", "aws_default_network_acl", "aws_default_route_table":
		return true
	}
	return false
}
