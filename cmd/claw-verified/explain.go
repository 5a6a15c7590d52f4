package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/checks/registry"
	"github.com/claw-verified/claw-verified/internal/policy"
)

func newExplain() *cobra.Command {
	return &cobra.Command{
		Use:   "explain RULE",
		Short: "Say what a rule looks for, why it matters and how to satisfy it",
		Example: `  claw-verified explain provenance.unsigned
  claw-verified explain plan.replace-data`,
		Args: oneArg("the id of a rule, for example: claw-verified explain provenance.unsigned"),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return ruleIDs(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, r := range registry.Rules() {
				if r.ID == args[0] {
					var b bytes.Buffer
					explainRule(&b, r)
					_, err := cmd.OutOrStdout().Write(b.Bytes())
					return err
				}
			}
			hint := "`claw-verified rules` lists them"
			if near := policy.Nearest(args[0], ruleIDs()); near != "" {
				hint = fmt.Sprintf("did you mean %s?", near)
			}
			return usageError("there is no rule %.80q: %s", args[0], hint)
		},
	}
}

func ruleIDs() []string {
	var ids []string
	for _, r := range registry.Rules() {
		ids = append(ids, r.ID)
	}
	return ids
}

func explainRule(w io.Writer, r checks.Rule) {
	fmt.Fprintf(w, "%s — %s\n\n", r.ID, r.Title)
	fmt.Fprintf(w, "question   %s\nseverity   %s\neffect     %s\nwaivable   %s\n\n", r.Question().Title(), r.Severity, effectWords(r.Effect), yesNo(r.Waivable))
	for _, p := range []struct{ name, text string }{{"Why it matters", r.Why}, {"How to satisfy it", r.Remedy}, {"What is looked at", r.Detail}} {
		fmt.Fprintf(w, "%s\n%s\n\n", p.name, indent(wrap(p.text, 76), "  "))
	}
}

func effectWords(e checks.Effect) string {
	switch e {
	case checks.EffectDeny:
		return "deny: refused, whoever agrees"
	case checks.EffectRequireReview:
		return "require_review: people must agree"
	}
	return "allow: told, nothing more"
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// wrap breaks plain text, our own, into lines of at most width characters.
func wrap(s string, width int) string {
	var b strings.Builder
	col := 0
	for i, w := range strings.Fields(s) {
		switch {
		case i == 0:
		case col+1+len(w) > width:
			b.WriteByte('\n')
			col = 0
		default:
			b.WriteByte(' ')
			col++
		}
		b.WriteString(w)
		col += len(w)
	}
	return b.String()
}

func indent(s, by string) string { return by + strings.ReplaceAll(s, "\n", "\n"+by) }
