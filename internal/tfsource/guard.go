package tfsource

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// problem says why a file cannot be read, in our own words, and on which line.
type problem struct {
	line int
	why  string
}

// Below this many characters that could make the parser descend, or lines that
// could make it slow, a text is harmless whatever it says.
const harmless = 1_000

// guard refuses a text that HCL's parser must not see: one so deeply nested that
// its stack would overflow, or one on which its work grows with a square. The
// scanner that comes before the parser is a loop and linear in the text, so it may
// see everything.
func guard(src []byte, lim Limits) *problem {
	if len(src) > lim.MaxFile {
		return &problem{1, fmt.Sprintf("larger than %d bytes", lim.MaxFile)}
	}
	if !utf8.Valid(src) || bytes.IndexByte(src, 0) >= 0 {
		return &problem{1, "not text in UTF-8"}
	}
	descend, parts, digits, longest, words := 0, 0, 0, 0, 0
	inWord := false
	for _, c := range src {
		if w := c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= 0x80; !w || !inWord {
			words++
			inWord = w
		}
		switch c {
		case '(', '[', '{':
			descend++
			parts++
		case '?', '!', '-', '*', '%', '"', '<':
			descend++
		case ',', '\n', '.':
			parts++
		}
		if c >= '0' && c <= '9' {
			digits++
			longest = max(longest, digits)
		} else {
			digits = 0
		}
	}
	// A token takes a hundred bytes, be it one of punctuation.
	if parts > lim.MaxParts || words > 8*lim.MaxParts {
		return &problem{1, fmt.Sprintf("more than %d lines and parts", lim.MaxParts)}
	}
	if descend <= min(harmless, lim.MaxDepth) && parts <= harmless && longest <= maxDigits {
		return nil
	}
	tokens, _ := hclsyntax.LexConfig(src, "", hcl.InitialPos)
	return measure(tokens, lim)
}

// level is an open bracket or template, and what the parser descends for within it.
type level struct {
	open  hclsyntax.TokenType
	chain int
	lines int // of a heredoc
}

// opens tells what a token closes. One that closes something else closes nothing.
var opens = map[hclsyntax.TokenType]hclsyntax.TokenType{
	hclsyntax.TokenCBrace:         hclsyntax.TokenOBrace,
	hclsyntax.TokenCBrack:         hclsyntax.TokenOBrack,
	hclsyntax.TokenCParen:         hclsyntax.TokenOParen,
	hclsyntax.TokenTemplateSeqEnd: hclsyntax.TokenTemplateInterp,
	hclsyntax.TokenCQuote:         hclsyntax.TokenOQuote,
	hclsyntax.TokenCHeredoc:       hclsyntax.TokenOHeredoc,
}

func measure(tokens hclsyntax.Tokens, lim Limits) *problem {
	var (
		levels  = []level{{}}
		chains  int
		heredoc int
		before  hclsyntax.TokenType // the token before this one, comments apart
		this    hclsyntax.TokenType
	)
	for _, t := range tokens {
		if t.Type != hclsyntax.TokenComment && t.Type != hclsyntax.TokenNewline {
			before, this = this, t.Type
		}
		top := &levels[len(levels)-1]
		switch t.Type {
		case hclsyntax.TokenNumberLit:
			if len(t.Bytes) > maxDigits {
				return &problem{t.Range.Start.Line, fmt.Sprintf("a number of more than %d digits", maxDigits)}
			}
		case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOParen, hclsyntax.TokenTemplateInterp, hclsyntax.TokenOQuote, hclsyntax.TokenOHeredoc:
			levels = append(levels, level{open: t.Type})
		case hclsyntax.TokenTemplateControl:
			// A directive makes the rest of its template a part of it.
			top.chain++
			chains++
			levels = append(levels, level{open: t.Type})
		case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen, hclsyntax.TokenTemplateSeqEnd, hclsyntax.TokenCQuote, hclsyntax.TokenCHeredoc:
			if top.open == opens[t.Type] || (t.Type == hclsyntax.TokenTemplateSeqEnd && top.open == hclsyntax.TokenTemplateControl) {
				chains -= top.chain
				levels = levels[:len(levels)-1]
			}
		case hclsyntax.TokenStar:
			// x[*][*] descends by what is around the brackets.
			if before == hclsyntax.TokenOBrack {
				top = &levels[len(levels)-2]
			}
			top.chain++
			chains++
		case hclsyntax.TokenQuestion, hclsyntax.TokenBang, hclsyntax.TokenMinus:
			top.chain++
			chains++
		case hclsyntax.TokenComma:
			chains -= top.chain
			top.chain = 0
		case hclsyntax.TokenNewline, hclsyntax.TokenComment:
			// Within parentheses and brackets an expression goes on over the end of a line,
			// and everywhere over a comment that does not end it.
			if !bytes.HasSuffix(t.Bytes, []byte("\n")) {
				continue
			}
			if top.open == 0 || top.open == hclsyntax.TokenOBrace {
				chains -= top.chain
				top.chain = 0
			}
		case hclsyntax.TokenStringLit:
			if top.open == hclsyntax.TokenOHeredoc {
				heredoc += 2*top.lines + 1 // the next square
				top.lines++
			}
		}
		if len(levels)+chains > lim.MaxDepth {
			return &problem{t.Range.Start.Line, fmt.Sprintf("nested more than %d deep", lim.MaxDepth)}
		}
		if heredoc > maxHeredoc {
			return &problem{t.Range.Start.Line, "a text of too many lines"}
		}
	}
	return nil
}
