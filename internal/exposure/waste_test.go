package exposure

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// Rules with very many limits, and resources with too many lines to be kept, are
// soon given up: a small plan can hold many of them.
func TestWaste(t *testing.T) {
	many := func(n int, text func(i int) string) string {
		out := make([]string, n)
		for i := range out {
			out[i] = `"` + text(i) + `"`
		}
		return strings.Join(out, ",")
	}
	for name, resource := range map[string]func(i int) string{
		"limits": func(i int) string {
			var rules []string
			for k := range 20 {
				rules = append(rules, fmt.Sprintf(`{"access":"Allow","direction":"Inbound","priority":%d,"protocol":"Tcp","source_address_prefixes":[%s],"destination_address_prefixes":[%s],"destination_port_ranges":[%s]}`, k,
					many(30, func(n int) string { return fmt.Sprintf("%d.%d.%d.0/24", i, k, n) }), many(32, func(n int) string { return fmt.Sprintf("10.%d.%d.0/24", k, n) }),
					many(30, func(n int) string { return fmt.Sprintf("%d-%d", n, 30000+n) })))
			}
			return change(fmt.Sprint(i), "azurerm_network_security_group", update, `{"resource_group_name":"g","name":"n"}`, fmt.Sprintf(`{"resource_group_name":"g","name":"n%d","security_rule":[%s]}`, i, strings.Join(rules, ",")), "")
		},
		"lines": func(i int) string {
			return change(fmt.Sprint(i), "google_compute_firewall", create, null, fmt.Sprintf(`{"network":"n","project":"p","deny":[{"protocol":"tcp","ports":[%s]}],"source_ranges":[%s],"target_tags":["a"]}`,
				many(255, func(n int) string { return fmt.Sprintf("%d-%d", n, 30000+n) }), many(255, func(n int) string { return fmt.Sprintf("%d.%d.0.0/16", i, n) })), "")
		},
	} {
		t.Run(name, func(t *testing.T) {
			plan, n := []string{}, 0
			for i := 0; n < 900_000; i++ {
				plan = append(plan, resource(i))
				n += len(plan[i])
			}
			es := decode(t, strings.Join(plan, ","))
			start := time.Now()
			s := New(Limits{})
			var err error
			for i := range es {
				if err = s.Add(es[i].change()); err != nil {
					break
				}
			}
			if err == nil {
				_, _, err = s.Result(nil)
			}
			took := time.Since(start)
			t.Log(len(plan), "resources", n, "bytes", err, took)
			if took > 20*time.Second { // it takes one or two, and took more than a minute
				t.Errorf("it took %s", took)
			}
		})
	}
}
