package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// operations are those that the program, its fake GitHub or a server put in its place
// for a test speak.
const operations = `
actions/download-artifact actions/get-artifact actions/get-pending-deployments-for-run
actions/get-workflow-run actions/list-artifacts-for-repo actions/list-workflow-run-artifacts
actions/list-workflow-runs-for-repo
actions/review-custom-gates-for-run
apps/create-from-manifest apps/create-installation-access-token apps/get-authenticated
apps/get-installation apps/get-repo-installation apps/get-webhook-config-for-app
apps/list-installations apps/list-repos-accessible-to-installation apps/list-webhook-deliveries
checks/create checks/get checks/list-annotations checks/list-for-ref checks/list-suites-for-ref
checks/rerequest-run checks/update
git/create-commit git/create-ref git/get-blob git/get-commit git/get-ref git/get-tree
git/list-matching-refs git/update-ref
issues/create-comment issues/list-comments issues/list-events-for-timeline issues/update-comment
orgs/get orgs/get-membership-for-user
pulls/create pulls/create-review pulls/get pulls/list pulls/list-commits pulls/list-files pulls/list-reviews
pulls/merge
repos/add-collaborator repos/compare-commits-with-basehead repos/create-commit-status
repos/create-deployment-status repos/create-or-update-file-contents repos/get
repos/get-branch-protection repos/get-branch-rules repos/get-collaborator-permission-level
repos/get-commit repos/get-content repos/get-environment repos/list-attestations
repos/list-activities repos/list-collaborators repos/list-deployments
teams/add-or-update-membership-for-user-in-org teams/create teams/get-by-name
teams/get-membership-for-user-in-org teams/list-members-in-org
`

// pruneOpenAPI keeps these operations and what they refer to.
func pruneOpenAPI(b []byte) ([]byte, error) {
	doc := map[string]any{}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber() // so that numbers are written as they were
	if err := dec.Decode(&doc); err != nil {
		return nil, err
	}
	wanted := map[string]bool{}
	for _, id := range strings.Fields(operations) {
		wanted[id] = true
	}
	out := map[string]any{"components": map[string]any{}}
	for _, k := range []string{"openapi", "info", "servers"} {
		out[k] = doc[k]
	}
	paths := map[string]any{}
	for path, item := range doc["paths"].(map[string]any) {
		kept := map[string]any{}
		for method, o := range item.(map[string]any) {
			op, ok := o.(map[string]any)
			if !ok {
				continue
			}
			id, _ := op["operationId"].(string)
			if !wanted[id] {
				continue
			}
			delete(wanted, id)
			kept[method] = op
		}
		if len(kept) > 0 {
			if p, ok := item.(map[string]any)["parameters"]; ok {
				kept["parameters"] = p
			}
			paths[path] = kept
		}
	}
	if len(wanted) > 0 {
		return nil, fmt.Errorf("no such operation: %s", strings.Join(slices.Sorted(maps.Keys(wanted)), ", "))
	}
	strip(paths)
	out["paths"] = paths
	if err := follow(doc, out, paths); err != nil {
		return nil, err
	}
	return json.Marshal(out)
}

// strip drops prose and examples. A property may have such a name too: what is no
// keyword's value stays.
func strip(v any) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			strip(e)
		}
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) { // "description" before "example", every time
			e := v[k]
			switch {
			case k == "properties":
				for _, p := range e.(map[string]any) {
					strip(p)
				}
				continue
			case k == "example" || k == "examples" || k == "externalDocs" || k == "tags" || strings.HasPrefix(k, "x-"):
				delete(v, k)
				continue
			case k == "description" || k == "summary":
				if _, ok := e.(string); ok {
					delete(v, k)
					if _, code := v["content"]; code || k == "description" && isResponse(v) {
						v[k] = "" // which a response must have
					}
					continue
				}
			}
			strip(e)
		}
	}
}

func isResponse(v map[string]any) bool {
	for k := range v {
		if k != "description" && k != "headers" && k != "links" {
			return false
		}
	}
	return true
}

// follow copies the components that v refers to, and those that they refer to.
func follow(doc, out map[string]any, v any) error {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			if err := follow(doc, out, e); err != nil {
				return err
			}
		}
	case map[string]any:
		if ref, ok := v["$ref"].(string); ok {
			return component(doc, out, ref)
		}
		for _, e := range v {
			if err := follow(doc, out, e); err != nil {
				return err
			}
		}
	}
	return nil
}

func component(doc, out map[string]any, ref string) error {
	parts := strings.Split(strings.TrimPrefix(ref, "#/components/"), "/")
	if len(parts) != 2 {
		return fmt.Errorf("reference %q is of a kind that is not followed", ref)
	}
	kind, name := parts[0], strings.NewReplacer("~1", "/", "~0", "~").Replace(parts[1])
	all, _ := doc["components"].(map[string]any)[kind].(map[string]any)
	c, ok := all[name]
	if !ok {
		return fmt.Errorf("reference %q leads nowhere", ref)
	}
	kept, _ := out["components"].(map[string]any)[kind].(map[string]any)
	if kept == nil {
		kept = map[string]any{}
		out["components"].(map[string]any)[kind] = kept
	}
	if _, ok := kept[name]; ok {
		return nil
	}
	strip(c)
	kept[name] = c
	return follow(doc, out, c)
}
