package redact_test

import (
	"bytes"
	"encoding/xml"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/claw-verified/claw-verified/internal/redact"
)

func TestVisible(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                                "",
		"main.tf":                         "main.tf",
		"größer 日本 ✓":                     "größer 日本 ✓",
		"a\nb\r\tc":                       `a\nb\r\tc`,
		"\x1b[2J\x1b]0;x\x07":             `\x1b[2J\x1b]0;x\x07`,
		"\u009b31m":                       `\u009b31m`,
		"pay\u202egpj.exe":                `pay\u202egpj.exe`,
		"\u2066a\u2069":                   `\u2066a\u2069`,
		"ad\u200bmin\ufeff":               `ad\u200bmin\ufeff`,
		"a\u00a0b\u3000c\u2028":           `a\u00a0b\u3000c\u2028`,
		"\u3164x\u115f\u2800":             `\u3164x\u115f\u2800`,
		"tag\U000e0041":                   `tag\U000e0041`,
		"vs\ufe0f":                        `vs\ufe0f`,
		"bad\xff\xc0":                     `bad\xff\xc0`,
		"z" + strings.Repeat("\u0301", 5): "z" + strings.Repeat("\u0301", 3) + `\u0301\u0301`,
		"\u0301x":                         `\u0301x`,
		"\ufffd":                          "\ufffd",
		"\x00\x7f":                        `\x00\x7f`,
		"private \ue000":                  `private \ue000`,
	} {
		if got := redact.Visible(in); got != want {
			t.Errorf("Visible(%q) = %s, want %s", in, got, want)
		}
	}
	if got := redact.Lines("a\nb\r\n"); got != "a\nb\\r\n" {
		t.Errorf("Lines: %q", got)
	}
}

func TestCut(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in   string
		max  int
		want string
	}{
		{"short", 10, "short"},
		{"exactly-10", 10, "exactly-10"},
		{"module.prod.aws_db_instance.main", 16, "module.pro….main"},
		{"日本語日本語", 5, "日…"},
		{"abc", 1, "…"},
		{"abc", 0, ""},
		{strings.Repeat("a", 1<<20) + "z", 10, "aaaaaa…aaz"},
		{strings.Repeat("\x1b", 1<<20), 10, `\x1b\x…x1b`},
	} {
		if got := redact.Cut(c.in, c.max); got != c.want {
			t.Errorf("Cut(%.20q, %d) = %s, want %s", c.in, c.max, got, c.want)
		}
	}
}

func TestMarkdown(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"plain words.":        "plain words.",
		"aws_db_instance.a":   "aws_db_instance.a",
		"_x_":                 "&#95;x&#95;",
		"@org/team":           "&#64;&#8203;org/team",
		"fixes #12":           "fixes &#35;&#8203;12",
		"GH-12":               "GH-&#8203;12",
		"https://evil.test":   "https&#58;&#8203;//evil.test",
		"www.evil.test":       "www&#46;evil.test",
		"a | b":               "a &#124; b",
		"</details><b>":       "&#60;/details&#62;&#60;b&#62;",
		"[x](y)":              "&#91;x&#93;(y)",
		":white_check_mark:":  "&#58;&#8203;white_check_mark:",
		"sha256:abc":          "sha256:abc",
		"- item":              "&#45; item",
		"1. item":             "1&#46; item",
		"`code` $x$ ~~s~~ \\": "&#96;code&#96; &#36;x&#36; &#126;&#126;s&#126;&#126; &#92;",
		"a\n\n# b":            "a&#92;n&#92;n&#35;&#8203; b",
		"&lt;":                "&#38;lt;",
	} {
		if got := redact.Markdown(in); got != want {
			t.Errorf("Markdown(%q) = %s, want %s", in, got, want)
		}
	}
}

func TestCode(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"a": "`a`", "": "` `", "  ": "` `", "a`b": "``a`b``", "`": "`` ` ``", "``x": "``` ``x ```", "a\nb": "`a\\nb`", " a ": "`  a  `",
	} {
		if got := redact.Code(in); got != want {
			t.Errorf("Code(%q) = %s, want %s", in, got, want)
		}
	}
}

func TestWorkflowCommands(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"100%":                 "100%25",
		"a\n::error::b":        `a%0A\u003a:error::b`,
		"a\r::error::b":        `a\r::error::b`,
		"%0A::error::x":        "%250A::error::x",
		"  ::stop-commands::x": `  \u003a:stop-commands::x`,
		"say ##[error]x":       `say #\u0023[error]x`,
		"###[x":                `##\u0023[x`,
		"open to ::/0":         "open to ::/0",
		"\x1b[1m":              `\x1b[1m`,
	} {
		if got := redact.CommandData(in); got != want {
			t.Errorf("CommandData(%q) = %s, want %s", in, got, want)
		}
	}
	if got, want := redact.CommandProperty("a,b:c\n%"), `a%2Cb%3Ac\n%25`; got != want {
		t.Errorf("CommandProperty: %s, want %s", got, want)
	}
}

func seeds(f *testing.F) {
	for _, s := range []string{
		"", "a\nb", "\x1b[31m\u202e\xff", "%0A::error::", "##[x] ###[", "`` ` |", "<b>@a #1 http://x www.x :a:", "\u0301\u0301\u0301\u0301\u0301",
		"日本\u200d", "::\n ::", "1. - _ *", "]]>&<\x00\ufffe",
	} {
		f.Add(s)
	}
}

func FuzzVisible(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, s string) {
		v := redact.Visible(s)
		checkPrintable(t, v, false)
		if again := redact.Visible(v); again != v {
			t.Errorf("not idempotent: %q, %q", v, again)
		}
		l := redact.Lines(s)
		checkPrintable(t, l, true)
		if strings.Count(l, "\n") != strings.Count(s, "\n") {
			t.Errorf("Lines(%q) has another number of lines", s)
		}
		if again := redact.Lines(l); again != l {
			t.Errorf("Lines is not idempotent: %q, %q", l, again)
		}
		for _, n := range []int{1, 2, 7, 40} {
			c := redact.Cut(s, n)
			checkPrintable(t, c, false)
			if redact.Width(c) > n {
				t.Errorf("Cut(%q, %d) = %q takes %d columns", s, n, c, redact.Width(c))
			}
		}
	})
}

func checkPrintable(t *testing.T, s string, lines bool) {
	t.Helper()
	if !utf8.ValidString(s) {
		t.Errorf("%q is not UTF-8", s)
	}
	for _, r := range s {
		if lines && r == '\n' {
			continue
		}
		if r < 0x20 || r >= 0x7f && r < 0xa0 || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co, unicode.Bidi_Control) {
			t.Errorf("%q holds %U", s, r)
		}
	}
}

var (
	reference = regexp.MustCompile(`&#[0-9]+;`)
	tag       = regexp.MustCompile("[<>`|*\\[\\]\\\\$~\"']")
)

func FuzzMarkdown(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, s string) {
		m := redact.Markdown(s)
		checkPrintable(t, m, false)
		bare := reference.ReplaceAllString(m, "")
		if tag.MatchString(bare) || strings.ContainsAny(bare, "&@#") || strings.Contains(bare, "://") {
			t.Errorf("Markdown(%q) = %q is markup", s, m)
		}
		if strings.Contains(strings.ToLower(m), "www.") {
			t.Errorf("Markdown(%q) = %q is a link", s, m)
		}
		c := redact.Code(s)
		checkPrintable(t, c, false)
		n := len(c) - len(strings.TrimLeft(c, "`"))
		inside := c[n : len(c)-n]
		if fence := c[:n]; n == 0 || !strings.HasSuffix(c, fence) || strings.HasPrefix(inside, "`") || strings.HasSuffix(inside, "`") {
			t.Errorf("Code(%q) = %q is not one code span", s, c)
		}
		for _, run := range regexp.MustCompile("`+").FindAllString(inside, -1) {
			if len(run) >= n {
				t.Errorf("Code(%q) = %q ends early", s, c)
			}
		}
	})
}

var (
	undoData     = strings.NewReplacer("%25", "%", "%0D", "\r", "%0A", "\n")
	undoProperty = strings.NewReplacer("%25", "%", "%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",")
)

func FuzzWorkflowCommands(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, s string) {
		d := redact.CommandData(s)
		checkPrintable(t, d, false)
		for line := range strings.SplitSeq(undoData.Replace(d), "\n") {
			if strings.HasPrefix(strings.TrimSpace(line), "::") || strings.Contains(line, "##[") {
				t.Errorf("CommandData(%q) = %q holds a command", s, d)
			}
		}
		p := redact.CommandProperty(s)
		checkPrintable(t, p, false)
		if strings.ContainsAny(p, ":,\r\n") {
			t.Errorf("CommandProperty(%q) = %q ends early", s, p)
		}
		if got, want := undoProperty.Replace(p), redact.LogLine(redact.Visible(s)); got != want {
			t.Errorf("CommandProperty(%q) reads back as %q, want %q", s, got, want)
		}
		l := redact.LogLine(s)
		if strings.Contains(l, "##[") || redact.LogLine(l) != l {
			t.Errorf("LogLine(%q) = %q", s, l)
		}
	})
}

func FuzzXML(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, s string) {
		x := redact.XML(s)
		var b bytes.Buffer
		if err := xml.EscapeText(&b, []byte(x)); err != nil {
			t.Fatal(err)
		}
		var back struct {
			Text string `xml:",chardata"`
		}
		if err := xml.Unmarshal([]byte("<a>"+b.String()+"</a>"), &back); err != nil || back.Text != x {
			t.Errorf("XML(%q) = %q reads back as %q, %v", s, x, back.Text, err)
		}
	})
}
