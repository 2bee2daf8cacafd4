package wire

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// These tests hold the package to what the npm packages write and read.
// testdata is recorded by web/test/vectors/record.mjs.

func vectors[T any](t testing.TB, name string) (list []T) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	if len(list) == 0 {
		t.Fatalf("%s is empty", name)
	}
	return list
}

// recordedValue is a text, or a number as {"number": "NaN"}.
type recordedValue struct {
	text   string
	number *float64
}

func (v *recordedValue) UnmarshalJSON(raw []byte) error {
	if raw[0] == '"' {
		return json.Unmarshal(raw, &v.text)
	}
	var spelled struct{ Number string }
	if err := json.Unmarshal(raw, &spelled); err != nil {
		return err
	}
	n, err := strconv.ParseFloat(spelled.Number, 64)
	v.number = &n
	return err
}

func (v recordedValue) textOrNumber() string {
	if v.number != nil {
		return TextOrNumber(*v.number)
	}
	return v.text
}

// indexesThatDiffer are of texts that no playlist holds, which we read simpler
// than JavaScript on purpose.
var indexesThatDiffer = map[StreamProperties]string{
	{FrameRate: "0x10000000000000000"}: "a hexadecimal literal of more than 64 bits",
	{VideoRange: "ß"}:                  "a letter that is two in upper case",
}

func TestStreamIndexAsRecorded(t *testing.T) {
	type vector struct {
		Properties struct {
			Bitrate, Width, Height, Channels, FrameRate recordedValue
			Codecs, Language, Name, VideoRange          string
		}
		Index string
	}
	for _, v := range vectors[vector](t, "identity.json") {
		p := StreamProperties{
			Bitrate:    v.Properties.Bitrate.number,
			Codecs:     v.Properties.Codecs,
			Width:      v.Properties.Width.number,
			Height:     v.Properties.Height.number,
			Language:   v.Properties.Language,
			Channels:   v.Properties.Channels.textOrNumber(),
			Name:       v.Properties.Name,
			FrameRate:  v.Properties.FrameRate.textOrNumber(),
			VideoRange: v.Properties.VideoRange,
		}
		_, differs := indexesThatDiffer[p]
		if got := StreamIndex(p); (got != v.Index) != differs {
			t.Errorf("%+v\nis read as %q with index %s, want %s", p, streamIdentity(p), got, v.Index)
		}
	}
}

func TestHashesAsRecorded(t *testing.T) {
	type vector struct{ Swarm, Stream, Name, SHA1, MD5 string }
	for _, v := range vectors[vector](t, "hashes.json") {
		name := StreamSwarmID(v.Swarm, v.Stream)
		if name != v.Name {
			t.Errorf("%q, %q make %q, want %q", v.Swarm, v.Stream, name, v.Name)
		}
		if got := HashSwarm(SHA1, name).String(); got != v.SHA1 {
			t.Errorf("%q by SHA-1 is %q, want %q", name, got, v.SHA1)
		}
		if got := HashSwarm(MD5, name).String(); got != v.MD5 {
			t.Errorf("%q by MD5 is %q, want %q", name, got, v.MD5)
		}
	}
}

func TestPeerIDsAsRecorded(t *testing.T) {
	type vector struct{ Prefix, ID string }
	for _, v := range vectors[vector](t, "peerids.json") {
		var step uint64
		id, err := NewPeerID(v.Prefix, func() uint64 { step++; return step - 1 })
		if err != nil || id.String() != v.ID {
			t.Errorf("prefix %q makes %q, %v, want %q", v.Prefix, id, err, v.ID)
		}
	}
}

// recordedCommand is a command as JavaScript holds it.
type recordedCommand struct {
	C                Code
	I, R, B, S, N, W float64
	L, P, A          []float64
}

func (c recordedCommand) command() Command {
	return Command{
		Code: c.C, Segment: toInt(c.I), Request: toInt(c.R), From: toInt(c.B), Size: toInt(c.S),
		Loaded: toInts(c.L), Loading: toInts(c.P), Arriving: toInts(c.A), Swarm: toInt(c.N), Busy: toInt(c.W),
	}
}

func toInt(f float64) int64 {
	if f >= math.MaxInt64 {
		return math.MaxInt64
	}
	return int64(f)
}

func toInts(fs []float64) (ids []int64) {
	for _, f := range fs {
		ids = append(ids, toInt(f))
	}
	return ids
}

// join decodes one command's messages.
func join(messages [][]byte) (Command, error) {
	var j Joiner
	for i, m := range messages {
		body, err := j.Add(m)
		if err != nil {
			return Command{}, err
		}
		if body != nil {
			if i != len(messages)-1 {
				return Command{}, errors.New("complete before its end")
			}
			return DecodeCommand(body)
		}
	}
	return Command{}, errors.New("incomplete")
}

func TestCommandsAsRecorded(t *testing.T) {
	type vector struct {
		Command  recordedCommand
		Size     int
		Messages []string
	}
	for _, v := range vectors[vector](t, "commands.json") {
		c := v.Command.command()
		var want [][]byte
		longest := 0
		for _, m := range v.Messages {
			want = append(want, unhex(t, m))
			longest = max(longest, len(m)/2)
		}
		lists := slices.Concat(c.Loaded, c.Loading)

		got, err := EncodeCommand(c, v.Size)
		switch {
		case c.Segment < 0 || c.Request < 0 || len(lists) > 0 && slices.Min(lists) < 0:
			// On purpose: no segment, request or byte is numbered below 0.
			if err == nil {
				t.Errorf("%+v is written, want an error", c)
			}
			continue
		case err != nil:
			t.Errorf("%+v at %d: %v", c, v.Size, err)
			continue
		case !isRising(c.Loaded) || hasFullGroup(c.Loaded) || hasFullGroup(c.Loading) || groups(c.Loaded) > maxGroups || longest > v.Size:
			// On purpose: we sort, write full groups as two, leave out what
			// cannot be counted, and keep the limit where JavaScript's search
			// for a number of parts ends too early.
			if reflect.DeepEqual(got, want) {
				t.Errorf("%+v at %d is written as JavaScript does, want better", c, v.Size)
			}
		default:
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%+v at %d is written\n%x, want\n%x", c, v.Size, got, want)
			}
		}
		for _, m := range got {
			if len(m) > v.Size {
				t.Errorf("%+v at %d has a message of %d", c, v.Size, len(m))
			}
		}

		// What JavaScript wrote we read, except for more groups than it counts.
		if groups(c.Loaded) <= maxGroups {
			back, err := join(want)
			slices.Sort(back.Loaded)
			slices.Sort(c.Loaded)
			if err != nil || !reflect.DeepEqual(back, c) {
				t.Errorf("%x\nreads %+v, %v, want %+v", want, back, err, c)
			}
		}
	}
}

func isRising(ids []int64) bool {
	return slices.Equal(rising(ids), ids)
}

func groups(ids []int64) int {
	high := map[int64]bool{}
	for _, id := range ids {
		high[id>>8] = true
	}
	return len(high)
}

func hasFullGroup(ids []int64) bool {
	counts := map[int64]int{}
	for _, id := range ids {
		if counts[id>>8]++; counts[id>>8] == 256 {
			return true
		}
	}
	return false
}

// bodiesThatDiffer begin so, and we read them otherwise than JavaScript on
// purpose.
var bodiesThatDiffer = []struct{ prefix, reason string }{
	{"016909", "an integer beyond 63 bits is nobody's segment"},
	{"006c1001020200", "JavaScript writes count 0 for 256 and cannot read it"},
	{"006c10010100", "the same"},
	{"0678300000", "nothing is read of a command of unknown code"},
	{"0163010269010372010a", "a field called c is not the command's code"},
}

// bodiesRefused are those of which JavaScript makes something, and we do not.
var bodiesRefused = map[string]string{
	"":                               "no code",
	"01":                             "fields missing",
	"05":                             "fields missing",
	"01690105":                       "a field missing",
	"02690105720107":                 "a field missing",
	"0169":                           "truncated",
	"016901":                         "truncated",
	"01690212":                       "truncated",
	"0169010572":                     "truncated",
	"016901057202":                   "truncated",
	"01690105720201":                 "truncated",
	"016901057201097820036162":       "truncated",
	"0169010572010978200261":         "truncated",
	"0169010572010978220061":         "truncated",
	"01690105720109782001c3a9":       "truncated, as a length in UTF-16 units makes it",
	"006c10":                         "truncated",
	"006c1001":                       "truncated",
	"006c100101":                     "truncated",
	"006c100201010a":                 "truncated",
	"006c0105":                       "not a list",
	"01691001010105720109":           "not an integer",
	"016920016172010a":               "not an integer",
	"01690900ffffffffffffffff720101": "beyond 63 bits",
	"016301027201016901":             "truncated",
}

func TestBodiesAsRecorded(t *testing.T) {
	type vector struct {
		Body   string
		Value  json.RawMessage
		Throws string
	}
	for _, v := range vectors[vector](t, "bodies.json") {
		got, err := DecodeCommand(unhex(t, v.Body))
		if _, ok := bodiesRefused[v.Body]; ok {
			if err == nil || v.Throws != "" {
				t.Errorf("%s reads %+v, and JavaScript throws %q; want an error here alone", v.Body, got, v.Throws)
			}
			continue
		}
		var js Command
		if v.Throws == "" && got.Code.Known() {
			js = onlyOurFields(t, v.Value).command()
		} else if v.Throws == "" {
			js.Code = got.Code
		}
		same := (err != nil) == (v.Throws != "") && reflect.DeepEqual(normal(got), normal(js))
		differs := slices.ContainsFunc(bodiesThatDiffer, func(d struct{ prefix, reason string }) bool {
			return strings.HasPrefix(v.Body, d.prefix)
		})
		if same == differs {
			t.Errorf("%s\nreads %+v, %v\nin JavaScript %s%s; listed as different: %v", v.Body, got, err, v.Value, v.Throws, differs)
		}
	}
}

// Where we write otherwise than JavaScript does, JavaScript reads it.
func TestFullGroupsAsJavaScriptReadsThem(t *testing.T) {
	readByJavaScript(t,
		Command{Loaded: count(0, 256)},
		Command{Loaded: count(256, 512), Loading: []int64{13}},
	)
}

// What we say more than JavaScript knows leaves the rest as it was to JavaScript.
func TestAdditionsAsJavaScriptReadsThem(t *testing.T) {
	readByJavaScript(t,
		Command{Loaded: []int64{266, 267}, Loading: []int64{269}, Arriving: []int64{269, 270}, Swarm: 1000},
		Command{Swarm: 2},
		Command{Code: SegmentRequest, Segment: 5, Request: 9, From: 100, Busy: 1},
		Command{Code: SegmentAbsent, Segment: 5, Request: 9, Busy: 1},
	)
}

func readByJavaScript(t *testing.T, commands ...Command) {
	t.Helper()
	type vector struct {
		Body  string
		Value json.RawMessage
	}
	recorded := map[string]json.RawMessage{}
	for _, v := range vectors[vector](t, "bodies.json") {
		recorded[v.Body] = v.Value
	}
	for _, c := range commands {
		messages, err := EncodeCommand(c, 65535)
		if err != nil || len(messages) != 1 {
			t.Fatalf("%d messages, %v", len(messages), err)
		}
		body := messages[0][4 : len(messages[0])-4]
		value, ok := recorded[hex.EncodeToString(body)]
		if !ok || value == nil {
			t.Errorf("nothing is recorded of %x", body)
			continue
		}
		if js := onlyOurFields(t, value).command(); !reflect.DeepEqual(js, c) {
			t.Errorf("%x\nis read by JavaScript as %+v, want %+v", body, js, c)
		}
	}
}

// count lists n numbers from first on.
func count(first, n int64) (ids []int64) {
	for i := range n {
		ids = append(ids, first+i)
	}
	return ids
}

// onlyOurFields reads a recorded command without the fields that its code does
// not have, which may be of any type.
func onlyOurFields(t *testing.T, value []byte) (c recordedCommand) {
	t.Helper()
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(value, &fields); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(fields["c"], &c.C); err != nil {
		t.Fatal(err)
	}
	for name, into := range map[string]any{"i": &c.I, "r": &c.R, "b": &c.B, "s": &c.S, "l": &c.L, "p": &c.P, "a": &c.A, "n": &c.N, "w": &c.W} {
		if raw, ok := fields[name]; ok && strings.Contains(layouts[c.C], name) {
			if err := json.Unmarshal(raw, into); err != nil {
				t.Fatal(err)
			}
		}
	}
	return c
}

// normal takes an empty list for none, and rounds as JavaScript's numbers do.
func normal(c Command) Command {
	if len(c.Loaded) == 0 {
		c.Loaded = nil
	}
	if len(c.Loading) == 0 {
		c.Loading = nil
	}
	c.Segment = toInt(float64(c.Segment))
	return c
}

func TestConversationsAsRecorded(t *testing.T) {
	type event struct {
		Data    *string
		Command json.RawMessage
	}
	type vector struct {
		Messages []string
		Events   []event
	}
	for _, v := range vectors[vector](t, "conversations.json") {
		var want, got []string
		for _, e := range v.Events {
			switch {
			case e.Data != nil:
				want = append(want, "data "+*e.Data)
			case string(e.Command) != "{}": // a command without a code, of which JavaScript makes nothing
				text, _ := json.Marshal(onlyOurFields(t, e.Command).command())
				want = append(want, string(text))
			}
		}
		var j Joiner
		for _, text := range v.Messages {
			message := unhex(t, text)
			if !IsCommand(message) {
				got = append(got, "data "+text)
				continue
			}
			body, err := j.Add(message)
			if err != nil && !errors.Is(err, ErrPartsDropped) {
				t.Errorf("%s: %v", text, err)
			}
			if body == nil {
				continue
			}
			if c, err := DecodeCommand(body); err == nil {
				text, _ := json.Marshal(c)
				got = append(got, string(text))
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s\nis heard as\n%s\nwant\n%s", strings.Join(v.Messages, "\n"), strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}
