package tfsource

import (
	"maps"
	"slices"
	"strings"

	"github.com/claw-verified/claw-verified/checks"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// compareCLI compares the settings of the program itself, such as .terraformrc. They
// are written in an older HCL than the rest, with quoted names of arguments, so they
// are taken apart by their tokens.
func compareCLI(p string, base, head *commit, r *report) {
	read := func(c *commit) (settings, *problem) {
		src, ok := c.files[p]
		if !ok {
			return settings{}, nil
		}
		if wrong := guard(src, c.lim); wrong != nil {
			return settings{}, wrong
		}
		return cliSettings(src)
	}
	was, wrong := read(base)
	if wrong != nil {
		r.unreadable(p, wrong.line, "before the change "+wrong.why+": what it said is not known")
	}
	is, wrong := read(head)
	if wrong != nil {
		r.unreadable(p, wrong.line, wrong.why+": what it says is not known")
		return
	}
	plain := func(s setting) string { return s.text }
	changed := map[string][]string{}
	for _, path := range differing(was, is, plain, plain) {
		changed[cliTopic(path)] = append(changed[cliTopic(path)], path)
	}
	for _, topic := range slices.Sorted(maps.Keys(changed)) {
		t, ok := cliTopics[topic]
		if !ok || (topic == "provider_installation.direct" && len(inTopic(is, topic)) == 1) {
			continue // to take them from their own registry is the default
		}
		x := checks.SourceChange{Kind: t.kind, Path: checks.Path(p), Line: 1, Address: topic, Detail: t.says}
		for _, path := range changed[topic] {
			if s, ok := is[path]; ok {
				x.Line = s.line
				break
			}
		}
		if len(inTopic(was, topic)) > 0 {
			x.Before = last(topic)
		}
		if len(inTopic(is, topic)) > 0 {
			x.After = last(topic)
		} else {
			x.Removed, x.Line = true, was[inTopic(was, topic)[0]].line
			x.Detail = "gone: " + x.Detail
		}
		r.add(x)
	}
}

func inTopic(s settings, topic string) []string {
	return slices.DeleteFunc(s.paths(), func(p string) bool { return cliTopic(p) != topic })
}

// cliTopic is the part of a path that says what the setting is about.
func cliTopic(path string) string {
	parts := strings.SplitN(path, ".", 3)
	name, _, _ := strings.Cut(parts[0], "[")
	if name == "provider_installation" && len(parts) > 1 {
		inner, _, _ := strings.Cut(parts[1], "[")
		return name + "." + inner
	}
	return name
}

var cliTopics = map[string]struct {
	kind checks.SourceKind
	says string
}{
	"provider_installation.dev_overrides":         {checks.SourceProvider, "providers are taken from folders of the machine, with no lock and no hash looked at"},
	"provider_installation.filesystem_mirror":     {checks.SourceProvider, "providers are taken from a folder"},
	"provider_installation.network_mirror":        {checks.SourceProvider, "providers are taken from another server"},
	"provider_installation.oci_mirror":            {checks.SourceProvider, "providers are taken from another server"},
	"provider_installation.direct":                {checks.SourceProvider, "which providers are taken from their own registry"},
	"provider_installation":                       {checks.SourceProvider, "where providers are taken from"},
	"providers":                                   {checks.SourceProvider, "programs that Terraform runs as providers"},
	"plugin_cache_dir":                            {checks.SourceProvider, "providers are taken from a folder when they are there"},
	"plugin_cache_may_break_dependency_lock_file": {checks.SourceProvider, "whether a provider of the cache need not fit the lock file"},
	"host":                    {checks.SourceProvider, "from which server a registry's providers and modules come"},
	"oci_credentials":         {checks.SourceProviderSettings, "credentials for a registry"},
	"oci_default_credentials": {checks.SourceProviderSettings, "credentials for a registry"},
	"credentials":             {checks.SourceProviderSettings, "credentials for a server stand in the source"},
	"credentials_helper":      {checks.SourceCommand, "a program that Terraform runs to get credentials"},
	"provisioners":            {checks.SourceCommand, "programs that Terraform runs as provisioners"},
}

// cliSettings takes the text apart: words, then "{" for a block or "=" for a value
// that goes to the end of its line.
func cliSettings(src []byte) (settings, *problem) {
	tokens, _ := hclsyntax.LexConfig(src, "", hcl.InitialPos)
	out := settings{}
	var (
		prefix []string // of the open blocks
		words  []string
		quoted bool
	)
	for i := 0; i < len(tokens); i++ {
		t := tokens[i]
		switch t.Type {
		case hclsyntax.TokenComment, hclsyntax.TokenNewline, hclsyntax.TokenComma:
		case hclsyntax.TokenOQuote, hclsyntax.TokenCQuote:
			quoted = t.Type == hclsyntax.TokenOQuote
			if quoted {
				words = append(words, "")
			}
		case hclsyntax.TokenIdent, hclsyntax.TokenNumberLit:
			words = append(words, string(t.Bytes))
		case hclsyntax.TokenQuotedLit:
			if len(words) > 0 {
				words[len(words)-1] += string(t.Bytes)
			}
		case hclsyntax.TokenOBrace:
			name := strings.Join(append(slices.Clone(prefix), words...), ".")
			if len(prefix) >= maxHops {
				return nil, &problem{t.Range.Start.Line, "nested too deep"}
			}
			if len(words) > 0 {
				out.put(name, setting{kind: kindOther, text: out[name].text + "{}", line: t.Range.Start.Line})
			}
			prefix, words = append(prefix, strings.Join(words, ".")), nil
		case hclsyntax.TokenCBrace:
			if len(prefix) == 0 {
				return nil, &problem{t.Range.Start.Line, "not valid HCL"}
			}
			prefix, words = prefix[:len(prefix)-1], nil
		case hclsyntax.TokenEqual, hclsyntax.TokenColon:
			if i+1 < len(tokens) && tokens[i+1].Type == hclsyntax.TokenOBrace {
				continue // an object is as good as a block
			}
			value, n := untilEnd(tokens[i+1:])
			i += n
			var w writer
			w.tokens(value)
			name := strings.Join(append(slices.Clone(prefix), words...), ".")
			out.put(name, setting{kind: kindOther, text: out[name].text + ";" + w.String(), line: t.Range.Start.Line})
			words = nil
		case hclsyntax.TokenEOF:
			if len(prefix) > 0 || len(words) > 0 {
				return nil, &problem{t.Range.Start.Line, "not valid HCL"}
			}
		default:
			return nil, &problem{t.Range.Start.Line, "not valid HCL"}
		}
	}
	return out, nil
}

// untilEnd returns the tokens of a value: to the end of the line, or a comma or
// brace, outside of its own brackets.
func untilEnd(tokens hclsyntax.Tokens) (value hclsyntax.Tokens, n int) {
	depth := 0
	for i, t := range tokens {
		switch t.Type {
		case hclsyntax.TokenOBrack, hclsyntax.TokenOParen, hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
			depth++
		case hclsyntax.TokenCBrack, hclsyntax.TokenCParen, hclsyntax.TokenTemplateSeqEnd:
			depth--
		case hclsyntax.TokenNewline, hclsyntax.TokenComment, hclsyntax.TokenComma, hclsyntax.TokenCBrace, hclsyntax.TokenOBrace:
			if depth <= 0 {
				return tokens[:i], i
			}
		case hclsyntax.TokenEOF:
			return tokens[:i], i
		}
	}
	return tokens, len(tokens)
}
