package guard

import (
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/claw-verified/claw-verified/internal/jsonstream"
	"github.com/claw-verified/claw-verified/internal/tfvalue"
)

const (
	maxDocument = 2 << 20 // bytes of a text that is read as JSON
	maxElements = 500_000 // commas and opening brackets in it
	costOfOne   = 128     // work of reading a document however small
)

// reading is what came of reading a text as JSON.
type reading int

const (
	noDocument reading = iota // it does not look like one, or it is none
	isDocument
	ambiguous // other programs read it, each in its way
)

// document reads a text that is a JSON document, so that its parts can be compared
// like any others: container definitions, queue policies, bodies of other APIs.
func (w *walk) document(n node) (node, reading) {
	t, ok := n.value.(string)
	if !ok || !looksLikeOne(t) {
		return n, noDocument
	}
	if !w.spend(len(t) + costOfOne) {
		return n, noDocument
	}
	v, err := jsonstream.Document(t, maxDocument, maxElements)
	switch {
	case err == nil:
	case jsonstream.TooMuch(err):
		w.over = true
		return n, noDocument
	case jsonstream.Ambiguous(err):
		return n, ambiguous
	default:
		return n, noDocument
	}
	if tfvalue.Marked(n.sensitive) {
		n.sensitive = true
	}
	n.value = v
	return n, isDocument
}

// looksLikeOne reports whether a text begins as a document does.
func looksLikeOne(t string) bool {
	t = strings.TrimLeft(t, " \t\r\n\ufeff")
	return len(t) >= 2 && (t[0] == '{' || t[0] == '[')
}

// documents reads both sides of an attribute. A document that cannot be read, where
// there is or was one, may say anything: that is told, and it is not gone into.
func (w *walk) documents(b, a node) (node, node, bool) {
	before, br := w.document(b)
	after, ar := w.document(a)
	if w.over {
		return b, a, false
	}
	unread := func(n node, r, other reading) bool {
		t, ok := n.value.(string)
		return r == ambiguous || r == noDocument && ok && looksLikeOne(t) && (other == isDocument || w.carries)
	}
	was, is := unread(b, br, ar), unread(a, ar, br)
	if was || is {
		w.unread(b, a)
	}
	switch {
	case is:
		return b, a, false
	case was: // all that it holds now may be new
		return node{}, after, true
	}
	return before, after, true
}

// carriers are types whose object is described in a text of another API, so that what
// the table watches stands there and nowhere else.
var carriers = map[string]bool{
	"azapi_resource": true, "azapi_update_resource": true, "azapi_data_plane_resource": true, "azapi_resource_action": true,
	"aws_cloudcontrolapi_resource": true, "aws_cloudformation_stack": true, "aws_cloudformation_stack_set": true, "restapi_object": true,
	"azurerm_resource_group_template_deployment": true, "azurerm_subscription_template_deployment": true,
	"azurerm_management_group_template_deployment": true, "azurerm_tenant_template_deployment": true, "kubectl_manifest": true,
}

// unread tells of a document that programs read in different ways, or not at all: all
// of it may be gone, and of a carrier, or an object that is made, everything that is
// watched may be as bad as it can.
func (j *judge) unread(w *walk, b, a node) {
	kinds := []checks.ConsequenceKind{checks.ConsequencePublic}
	if j.before.value != nil {
		kinds = []checks.ConsequenceKind{checks.ConsequencePartRemoved}
		if w.carries {
			kinds = []checks.ConsequenceKind{checks.ConsequencePublic, checks.ConsequenceProtectionOff, checks.ConsequenceGuardrailOff, checks.ConsequencePartRemoved}
		}
	}
	for _, kind := range kinds {
		p := j.c.Pend(kind, w.where())
		p.Unknown, p.Sensitive = true, tfvalue.Marked(b.sensitive) || tfvalue.Marked(a.sensitive)
		p.Note = "its JSON is read differently by different programs, or cannot be read: it may say anything"
		j.tell(p)
	}
}
