package privilege

import (
	"strings"

	"github.com/claw-verified/claw-verified/checks"
)

// gradeResource grades what a policy of an object allows somebody to do with it.
func (j *judge) gradeResource(a *atom, after *document) grade {
	who := a.dims[dimPrincipal]
	if everybody(who) {
		if limited(a.when) {
			return grade{checks.ConsequenceGrantWider, "anybody whom the condition lets through"}
		}
		if who.not {
			return grade{checks.ConsequenceGrantPublic, "everybody but those named"}
		}
		note := "everybody on the internet"
		if len(a.when) > 0 {
			note = "everybody: the condition does not limit who"
		}
		return grade{checks.ConsequenceGrantPublic, note}
	}
	text := who.list[0].text
	kind, name := principalKind(&who.list[0])
	switch kind {
	case "service":
		if !limited(a.when) && deputies[name] {
			return grade{checks.ConsequenceGrantWider, "the service acts for any account: no condition says for which"}
		}
		return grade{checks.ConsequenceGrantWider, ""}
	case "aws":
		account, _, ok := awsPrincipal(text)
		switch {
		case !ok:
			return grade{checks.ConsequenceGrantTrust, "somebody whose account is not named"}
		case j.own(account, a, after):
			return grade{checks.ConsequenceGrantWider, ""}
		}
		return grade{checks.ConsequenceGrantTrust, "another account, as far as the plan tells"}
	case "federated":
		return grade{checks.ConsequenceGrantTrust, "a federation"}
	}
	return grade{checks.ConsequenceGrantTrust, "somebody of another account"}
}

// deputies are services that act for whoever asks them, so that without a condition
// every account can use them to get at the object.
//
// Source: IAM user guide, "The confused deputy problem".
var deputies = map[string]bool{
	"s3.amazonaws.com": true, "sns.amazonaws.com": true, "events.amazonaws.com": true, "cloudtrail.amazonaws.com": true,
	"config.amazonaws.com": true, "ses.amazonaws.com": true, "apigateway.amazonaws.com": true, "serverlessrepo.amazonaws.com": true,
	"logging.s3.amazonaws.com": true, "delivery.logs.amazonaws.com": true, "codebuild.amazonaws.com": true, "iot.amazonaws.com": true,
	"cloudfront.amazonaws.com": true, "scheduler.amazonaws.com": true, "cognito-idp.amazonaws.com": true, "alexa-appkit.amazon.com": true,
	"lex.amazonaws.com": true, "bedrock.amazonaws.com": true, "elasticloadbalancing.amazonaws.com": true,
}

// everybody reports whether principals are all there are. An account that is left
// open is every account.
func everybody(s set) bool {
	if s.not || s.all() {
		return true
	}
	for i := range s.list {
		if account, _, ok := awsPrincipal(s.list[i].text); ok && strings.ContainsAny(account, "*?") {
			return true
		}
		if t := strings.Trim(s.list[i].text, "*?"); t == "" && s.list[i].text != "" {
			return true
		}
	}
	return false
}

// principalKind takes a principal apart into its kind and its name.
func principalKind(p *pattern) (kind, name string) {
	for i, r := range p.runes {
		if r == ':' {
			return string(p.runes[:i]), strings.ToLower(p.text)
		}
		if !letter(r) {
			break
		}
	}
	return "", p.text
}

// own reports whether an account is the one that has the object, as far as the plan
// shows without trusting what somebody wrote into the policy alone: the object's
// ARN, what the statement is about, or a key policy with one account in it, which
// must be the key's.
func (j *judge) own(account string, a *atom, after *document) bool {
	for _, path := range []string{"arn", "owner_id", "account_id", "owner"} {
		if t, ok := j.only(j.old, path); ok && t != "" {
			if _, of, _ := cutARN(t); of == account || t == account {
				return true
			}
		}
	}
	res := a.dims[dimResource]
	if !res.not {
		whole := len(res.list) > 0
		for i := range res.list {
			if _, of, ok := cutARN(res.list[i].text); !ok || of != account {
				whole = false
			}
		}
		if whole {
			return true
		}
	}
	if !strings.Contains(j.c.Type, "kms_key") {
		return false
	}
	of, one := after.account()
	return one && of == account
}

func cutARN(text string) (service, account string, ok bool) {
	parts := strings.SplitN(text, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" {
		return "", "", false
	}
	return parts[2], parts[4], true
}
