package digests

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/p2p-mediastream/p2p-mediastream/wasm/wire"
)

func sum(text string) string {
	s := sha256.Sum256([]byte(text))
	return hex.EncodeToString(s[:])
}

// media is a playlist of segments, each of them the line of its address and,
// before a space, its byte range.
func media(ended bool, segments ...string) string {
	var text strings.Builder
	text.WriteString("#EXTM3U\n#EXT-X-TARGETDURATION:2\n")
	for _, s := range segments {
		text.WriteString("#EXTINF:2,\n")
		if span, name, ranged := strings.Cut(s, " "); ranged {
			text.WriteString("#EXT-X-BYTERANGE:" + span + "\n")
			s = name
		}
		text.WriteString(s + "\n")
	}
	if ended {
		text.WriteString("#EXT-X-ENDLIST\n")
	}
	return text.String()
}

// disk is a directory of real files that tells what is read of them.
type disk struct {
	t   *testing.T
	dir string

	mu     sync.Mutex
	tick   time.Time // of the file written last
	read   map[string]int
	opened []string
	looked int    // into folders
	secret string // a folder that may not be listed
	// reading is called before bytes of a file are read.
	reading func(name string)
}

func newDisk(t *testing.T) *disk {
	return &disk{t: t, dir: t.TempDir(), tick: time.Unix(1e9, 0), read: map[string]int{}}
}

// write has a file appear as a whole, as encoders do.
func (d *disk) write(name, text string) {
	d.t.Helper()
	path := filepath.Join(d.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		d.t.Fatal(err)
	}
	d.overwrite(name+".tmp", text)
	if err := os.Rename(path+".tmp", path); err != nil {
		d.t.Fatal(err)
	}
}

// overwrite writes into the file that is there.
func (d *disk) overwrite(name, text string) {
	d.t.Helper()
	path := filepath.Join(d.dir, filepath.FromSlash(name))
	// Real clocks are too coarse for tests that write twice in a millisecond.
	d.mu.Lock()
	d.tick = d.tick.Add(time.Second)
	at := d.tick
	d.mu.Unlock()
	if err := errors.Join(os.WriteFile(path, []byte(text), 0o666), os.Chtimes(path, at, at)); err != nil {
		d.t.Fatal(err)
	}
}

func (d *disk) remove(name string) {
	d.t.Helper()
	if err := os.Remove(filepath.Join(d.dir, name)); err != nil {
		d.t.Fatal(err)
	}
}

func (d *disk) Open(name string) (fs.File, error) {
	file, err := os.DirFS(d.dir).Open(name)
	if err != nil || isPlaylist(name) {
		return file, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.opened = append(d.opened, name)
	return &watched{file.(*os.File), d, name}, nil
}

func (d *disk) Stat(name string) (fs.FileInfo, error) { return fs.Stat(os.DirFS(d.dir), name) }

func (d *disk) ReadDir(name string) ([]fs.DirEntry, error) {
	d.mu.Lock()
	d.looked++
	d.mu.Unlock()
	if name == d.secret {
		return nil, fs.ErrPermission
	}
	return os.ReadDir(filepath.Join(d.dir, name))
}

// bytesRead is how many bytes of a file were read since it was asked for last.
func (d *disk) bytesRead(name string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	defer delete(d.read, name)
	return d.read[name]
}

type watched struct {
	*os.File
	disk *disk
	name string
}

func (w *watched) Read(p []byte) (int, error) {
	if w.disk.reading != nil {
		w.disk.reading(w.name)
	}
	n, err := w.File.Read(p)
	w.disk.mu.Lock()
	defer w.disk.mu.Unlock()
	w.disk.read[w.name] += n
	return n, err
}

// bench is an FS whose clock and work are the test's.
type bench struct {
	*FS
	t     *testing.T
	clock time.Time
	log   bytes.Buffer
}

func newBench(t *testing.T, fsys fs.FS) *bench {
	b := &bench{t: t, clock: time.Unix(0, 0)}
	b.FS = New(fsys, slog.New(slog.NewTextHandler(&b.log, nil)))
	b.now = func() time.Time { return b.clock }
	return b
}

// work does what Run does, until nothing waits.
func (b *bench) work() {
	for file := b.next(); file != nil; file = b.next() {
		b.turn(b.t.Context(), file)
	}
}

func (b *bench) pass(d time.Duration) {
	b.clock = b.clock.Add(d)
	b.lookAgain()
	b.work()
	b.lookAgain() // to forget what was found missing
	b.work()
}

// ask opens a file as a viewer does who asks for it.
func (b *bench) ask(name string) {
	b.t.Helper()
	file, err := b.Open(name)
	if err != nil {
		b.t.Fatal(err)
	}
	file.Close()
}

// list is the list of a folder as it is once Run has done its work; the second
// time shows that nothing had to be waited for.
func (b *bench) list(folder string) map[string]any {
	b.t.Helper()
	if d := b.folder(folder); d != nil {
		for _, s := range b.sources(d) {
			b.look(s)
		}
	}
	b.work()
	return listOf(b.t, b.FS, folder)
}

func listOf(t *testing.T, f *FS, folder string) map[string]any {
	t.Helper()
	text, tag, err := f.Digests(t.Context(), folder)
	if err != nil {
		t.Fatal(err)
	}
	if tag == "" {
		t.Error("no tag")
	}
	if _, err := wire.DecodeDigestList(text); err != nil {
		t.Errorf("%s: %v", text, err)
	}
	var list map[string]any
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return list
}

func (b *bench) want(folder string, want map[string]any) {
	b.t.Helper()
	if got := b.list(folder); !reflect.DeepEqual(got, want) {
		b.t.Errorf("%s lists\n%v, want\n%v", folder, got, want)
	}
}

// texts are files whose digests are listed.
func texts(pairs ...string) map[string]any {
	list := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		list[pairs[i]] = sum(pairs[i+1])
	}
	return list
}

func TestALiveStreamIsListedAsItLands(t *testing.T) {
	d := newDisk(t)
	b := newBench(t, d)
	d.write("360p/1.ts", "one")
	d.write("360p/2.ts", "two")
	d.write("360p/3.ts", "half of thr")
	d.write("360p/index.m3u8", media(false, "1.ts", "2.ts"))
	b.ask("360p/index.m3u8")
	b.want("360p", texts("1.ts", "one", "2.ts", "two"))

	d.write("360p/3.ts", "three")
	d.write("360p/index.m3u8", media(false, "2.ts", "3.ts"))
	b.want("360p", texts("1.ts", "one", "2.ts", "two", "3.ts", "three"))

	// Without being asked for, and each file is read once.
	d.write("360p/4.ts", "four")
	d.write("360p/index.m3u8", media(false, "3.ts", "4.ts"))
	b.pass(lookEvery)
	if n := d.bytesRead("360p/4.ts"); n != len("four") {
		t.Errorf("read %d bytes of a segment that has landed", n)
	}
	d.remove("360p/1.ts")
	b.pass(lookEvery)
	b.want("360p", texts("2.ts", "two", "3.ts", "three", "4.ts", "four"))
	if b.folders["360p"].files["1.ts"] != nil {
		t.Error("what has gone is not forgotten")
	}
	for _, name := range []string{"360p/2.ts", "360p/4.ts"} {
		if n := d.bytesRead(name); n > len("two") {
			t.Errorf("read %d bytes of %s", n, name)
		}
	}
	b.pass(keptFor - lookEvery - 1)
	b.want("360p", texts("2.ts", "two", "3.ts", "three", "4.ts", "four"))
	b.pass(1)
	b.want("360p", texts("3.ts", "three", "4.ts", "four"))
}

func TestByteRanges(t *testing.T) {
	d := newDisk(t)
	b := newBench(t, d)
	d.write("film.mp4", "headonetwoend")
	d.write("a b.ts", "alone")
	d.write("film.m3u8", media(true, "3@4 film.mp4", "3 film.mp4", "a%20b.ts?token=1", "3@10 film.mp4"))
	b.ask("film.m3u8")
	b.want(".", map[string]any{
		"film.mp4": map[string]any{"4-6": sum("one"), "7-9": sum("two"), "10-12": sum("end")},
		"a b.ts":   sum("alone"),
	})
	d.write("film.m3u8", media(true, "3@4 film.mp4", "9@9 film.mp4"))
	b.want(".", map[string]any{
		"film.mp4": map[string]any{"4-6": sum("one"), "7-9": sum("two"), "10-12": sum("end")},
		"a b.ts":   sum("alone"),
	})
	d.write("film.m3u8", media(true, "9@9 film.mp4"))
	b.list(".")
	if text := b.log.String(); strings.Count(text, "no digest of a segment") != 1 || !strings.Contains(text, "bytes 9-17: it ends at 13") {
		t.Errorf("the log says %s", text)
	}
}

func TestAFileThatGrowsIsNotReadFromItsBeginningAgain(t *testing.T) {
	d := newDisk(t)
	b := newBench(t, d)
	d.write("film.mp4", "onetwo")
	d.write("film.m3u8", media(false, "3@0 film.mp4", "3 film.mp4"))
	b.ask("film.m3u8")
	b.list(".")
	d.bytesRead("film.mp4")

	d.write("film.mp4", "onetwothree")
	b.ask("film.mp4")
	d.write("film.m3u8", media(false, "3@0 film.mp4", "3 film.mp4", "5 film.mp4"))
	b.want(".", map[string]any{"film.mp4": map[string]any{"0-2": sum("one"), "3-5": sum("two"), "6-10": sum("three")}})
	if n := d.bytesRead("film.mp4"); n != len("twothree") {
		t.Errorf("read %d bytes, want the last range and the new one", n)
	}

	d.write("film.mp4", "another film")
	b.ask("film.mp4")
	if list := listOf(t, impatient(b.FS), "."); len(list) != 0 {
		t.Errorf("lists digests of a file that was overwritten: %v", list)
	}
	b.want(".", map[string]any{"film.mp4": map[string]any{"0-2": sum("ano"), "3-5": sum("the"), "6-10": sum("r fil")}})
}

// impatient is an FS that does not wait for anybody.
func impatient(f *FS) *FS {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, d := range f.folders {
		if d.idle != nil {
			close(d.idle)
			d.idle = nil
		}
	}
	return f
}

func TestAFileThatIsOverwrittenGetsItsNewDigest(t *testing.T) {
	d := newDisk(t)
	b := newBench(t, d)
	d.write("1.ts", "one")
	d.write("index.m3u8", media(false, "1.ts"))
	b.ask("index.m3u8")
	b.want(".", texts("1.ts", "one"))

	d.write("1.ts", "eno")
	b.ask("1.ts") // whoever has the new one can know it
	if list := listOf(t, impatient(b.FS), "."); len(list) != 0 {
		t.Errorf("lists the digest of the old one: %v", list)
	}
	b.want(".", texts("1.ts", "eno"))

	d.write("1.ts", "neo")
	b.pass(lookEvery)
	b.want(".", texts("1.ts", "neo"))
}

func TestAFileThatChangesWhileItIsReadIsHashedAgain(t *testing.T) {
	for name, change := range map[string]func(d *disk, text string){
		"overwritten": func(d *disk, text string) { d.overwrite("1.ts", text) },
		"replaced":    func(d *disk, text string) { d.write("1.ts", text) },
		"deleted":     func(d *disk, _ string) { d.remove("1.ts") },
	} {
		t.Run(name, func(t *testing.T) {
			d := newDisk(t)
			b := newBench(t, d)
			d.write("0.ts", "nought")
			d.write("1.ts", "one")
			d.write("index.m3u8", media(false, "0.ts", "1.ts"))
			d.reading = func(string) { // 1.ts, the newest
				d.reading = nil
				change(d, "another")
			}
			b.ask("index.m3u8")
			b.work()
			if name == "overwritten" {
				b.want(".", texts("0.ts", "nought"))
				b.sweep(b.folders["."], 1) // and it does not have to wait for its turn
			} else {
				b.pass(lookEvery)
			}
			want := texts("0.ts", "nought", "1.ts", "another")
			if name == "deleted" {
				delete(want, "1.ts")
			}
			b.want(".", want)
		})
	}
}

// Whoever saw the new one while the old one was read is not told the old digest.
func TestAFileThatIsSeenToChangeWhileItIsRead(t *testing.T) {
	d := newDisk(t)
	b := newBench(t, d)
	d.write("1.ts", "one")
	d.write("index.m3u8", media(false, "1.ts"))
	d.reading = func(string) {
		d.reading = nil
		d.write("1.ts", "another")
		b.ask("1.ts")
	}
	b.ask("index.m3u8")
	b.turn(t.Context(), b.next())
	if list := listOf(t, impatient(b.FS), "."); len(list) != 0 {
		t.Errorf("lists %v", list)
	}
	b.want(".", texts("1.ts", "another"))
}

func TestAFileThatGrowsWhileItIsRead(t *testing.T) {
	d := newDisk(t)
	b := newBench(t, d)
	d.write("film.mp4", "onetwo")
	d.write("film.m3u8", media(false, "3@0 film.mp4", "3 film.mp4"))
	d.reading = func(string) {
		d.reading = nil
		d.overwrite("film.mp4", "onetwothree")
	}
	b.ask("film.m3u8")
	b.want(".", map[string]any{"film.mp4": map[string]any{"0-2": sum("one"), "3-5": sum("two")}})
}

// One that has a long way to go leaves room for others, and is listed in part.
func TestALargeFileIsHashedInTurns(t *testing.T) {
	d := newDisk(t)
	b := newBench(t, d)
	b.turnBytes = 1
	d.write("film/film.mp4", "onetwoend")
	d.write("film/index.m3u8", media(true, "3@0 film.mp4", "3 film.mp4", "3 film.mp4"))
	d.write("live/1.ts", "one")
	d.write("live/index.m3u8", media(false, "1.ts"))
	b.ask("film/index.m3u8")
	b.turn(t.Context(), b.next())
	want := map[string]any{"film.mp4": map[string]any{"0-2": sum("one")}}
	if list := listOf(t, impatient(b.FS), "film"); !reflect.DeepEqual(list, want) {
		t.Errorf("after one turn %v", list)
	}
	b.clock = b.clock.Add(time.Second)
	b.ask("live/index.m3u8")
	b.turn(t.Context(), b.next())
	if list := listOf(t, impatient(b.FS), "live"); !reflect.DeepEqual(list, texts("1.ts", "one")) {
		t.Errorf("the other one waits: %v", list)
	}
	b.want("film", map[string]any{"film.mp4": map[string]any{"0-2": sum("one"), "3-5": sum("two"), "6-8": sum("end")}})
}

func TestASegmentThatIsNotThere(t *testing.T) {
	d := newDisk(t)
	b := newBench(t, d)
	d.write("1.ts", "one")
	d.write("index.m3u8", media(false, "1.ts", "2.ts"))
	b.ask("index.m3u8")
	b.want(".", texts("1.ts", "one"))
	d.write("2.ts", "two")
	b.ask("2.ts")
	b.want(".", texts("1.ts", "one", "2.ts", "two"))

	d.remove("2.ts") // while it is listed
	b.pass(lookEvery)
	b.want(".", texts("1.ts", "one"))
	d.write("2.ts", "another")
	b.pass(lookEvery)
	b.want(".", texts("1.ts", "one", "2.ts", "another"))
	if b.log.Len() > 0 {
		t.Errorf("the log says %s", &b.log)
	}
}

func TestOfWhichFolderADigestIs(t *testing.T) {
	d := newDisk(t)
	b := newBench(t, d)
	for _, name := range []string{"film/1.ts", "film/low/1.ts", "other/1.ts", "film/.hidden/1.ts"} {
		d.write(name, name)
	}
	d.write("film/media.m3u8", media(true, "1.ts", "low/1.ts", "../other/1.ts", "http://elsewhere.example/film/2.ts",
		"../../../etc/hosts", "data:text/plain,a", ".hidden/1.ts", "/film/1.ts", "%00", "low"))
	d.write("film/master.m3u8", "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nmedia.m3u8\n")
	d.write("film/again.m3u8", media(true, "/hls/film/1.ts"))
	for _, name := range []string{"film/media.m3u8", "film/master.m3u8", "film/again.m3u8"} {
		b.ask(name)
	}
	b.want("film", texts("1.ts", "film/1.ts"))
	b.want("film/low", texts("1.ts", "film/low/1.ts"))
	b.want("other", texts("1.ts", "other/1.ts"))
	for _, folder := range []string{"film/.hidden", ".", "film/nothing", "nothing"} {
		if _, _, err := b.Digests(t.Context(), folder); !errors.Is(err, fs.ErrNotExist) || b.HasDigests(folder) {
			t.Errorf("%s has a list: %v", folder, err)
		}
	}

	d.remove("film/again.m3u8")
	b.pass(2 * keptFor)
	b.want("film", texts("1.ts", "film/1.ts")) // which the other one lists
}

// After a start of the server players have playlists that nobody asks for again.
func TestPlaylistsAreSearchedFor(t *testing.T) {
	d := newDisk(t)
	d.write("films/a/low/1.ts", "one")
	d.write("films/a/media.m3u8", media(true, "low/1.ts"))
	d.write("films/dash/1.m4s", "one")
	d.write("films/own/1.m4s", "one")
	d.write("films/own/segments-sha256.json", "{}")
	for folder, want := range map[string]bool{
		"films/a/low": true, "films/own": true, "films/dash": false, "films/a": false, "films": false, "nothing": false,
	} {
		b := newBench(t, d)
		if got := b.HasDigests(folder); got != want {
			t.Errorf("%s has digests: %v", folder, got)
		}
		if want && folder != "films/own" {
			b.want(folder, texts("1.ts", "one"))
		}
	}
	// One that comes later is found, if not at once.
	b := newBench(t, d)
	for range 10 {
		b.clock = b.clock.Add(searchEvery / 20)
		b.HasDigests("films/dash")
	}
	if d.looked = 0; b.HasDigests("films/dash") || d.looked > 0 {
		t.Error("searches each time")
	}
	d.write("films/dash/media.m3u8", media(true, "1.m4s"))
	b.clock = b.clock.Add(searchEvery)
	if !b.HasDigests("films/dash") {
		t.Error("a playlist that came later is not found")
	}

	// What may be entered and not listed is in folders that may be.
	d.write("closed/low/1.ts", "one")
	d.write("closed/media.m3u8", media(true, "low/1.ts"))
	d.secret = "closed/low"
	if !newBench(t, d).HasDigests(d.secret) {
		t.Error("the playlist above a folder that may not be listed is not found")
	}

	// Nobody looks for each folder that a deep name would be in, if there were one.
	if d.looked = 0; b.HasDigests(strings.Repeat("a/", 1000)+"a") || d.looked > 2 {
		t.Errorf("looked %d times for a folder that is not there", d.looked)
	}

	for i := range maxFound + 1 {
		d.write(fmt.Sprintf("archive/%d.m3u8", i), media(true, fmt.Sprintf("%d.ts", i)))
	}
	b = newBench(t, d)
	if !b.HasDigests("archive") || len(b.playlists) != maxFound {
		t.Errorf("looks into %d playlists of an archive", len(b.playlists))
	}
}

func TestAPlaylistThatCannotBeReadIsSaidOnce(t *testing.T) {
	d := newDisk(t)
	b := newBench(t, d)
	d.write("1.ts", "one")
	d.write("index.m3u8", media(false, "1.ts"))
	b.ask("index.m3u8")
	b.want(".", texts("1.ts", "one"))
	for _, text := range []string{"#EXTM3", "", media(false, "1.ts") + "#EXTINF:x,\n", strings.Repeat("#\n", maxPlaylist/2+1)} {
		d.write("index.m3u8", text)
		b.ask("index.m3u8")
		b.want(".", texts("1.ts", "one"))
	}
	if n := strings.Count(b.log.String(), "no digests of what a playlist lists"); n != 1 {
		t.Errorf("said %d times: %s", n, &b.log)
	}
	d.write("2.ts", "two")
	d.write("index.m3u8", media(false, "1.ts", "2.ts"))
	b.want(".", texts("1.ts", "one", "2.ts", "two"))
	d.write("index.m3u8", "")
	b.ask("index.m3u8")
	if n := strings.Count(b.log.String(), "no digests of what a playlist lists"); n != 2 {
		t.Errorf("said %d times, the second time it cannot be read: %s", n, &b.log)
	}
}

func TestTheNewestSegmentsWin(t *testing.T) {
	d := newDisk(t)
	b := newBench(t, d)
	var names []string
	for i := range 30 {
		names = append(names, fmt.Sprintf("%d.ts", i))
		d.write(names[i], names[i])
	}
	d.write("film.mp4", "onetwo")
	d.write("index.m3u8", media(false, slices.Concat(names, []string{"3@0 film.mp4", "3 film.mp4"})...))
	b.ask("index.m3u8")
	if list := b.list("."); len(list) != 31 {
		t.Fatal(list)
	}
	folder := b.folders["."]
	all := len(folder.encode(1 << 20))
	had := 0
	for limit := 2; limit < 2*all; limit += 7 {
		text := folder.encode(limit)
		var list map[string]any
		if err := json.Unmarshal(text, &list); err != nil || len(text) > limit {
			t.Fatalf("%d bytes, of %d: %s, %v", len(text), limit, text, err)
		}
		ranges, _ := list["film.mp4"].(map[string]any)
		if len(list) > 1 && len(ranges) != 2 {
			t.Fatalf("older ones before the newest: %s", text)
		}
		for i := range names {
			if _, ok := list[names[i]]; ok != (i >= 31-len(list)) {
				t.Fatalf("%d are listed, %s: %v", len(list), names[i], ok)
			}
		}
		if n := len(list) + len(ranges); n < had {
			t.Fatalf("%d of a larger list", n)
		} else {
			had = n
		}
	}
	if had != 33 {
		t.Errorf("%d are all", had)
	}
}

func TestWhatIsHashedFirst(t *testing.T) {
	d := newDisk(t)
	b := newBench(t, d)
	for _, name := range []string{"live/1.ts", "live/2.ts", "film/1.ts", "film/2.ts"} {
		d.write(name, name)
	}
	d.write("live/index.m3u8", media(false, "1.ts", "2.ts"))
	d.write("film/index.m3u8", media(true, "1.ts", "2.ts"))
	b.ask("live/index.m3u8")
	b.clock = b.clock.Add(time.Second)
	b.ask("film/index.m3u8")
	b.turn(t.Context(), b.next())
	b.clock = b.clock.Add(time.Second)
	b.HasDigests("live")
	b.work()
	if want := []string{"film/1.ts", "live/2.ts", "live/1.ts", "film/2.ts"}; !slices.Equal(d.opened, want) {
		t.Errorf("%v, want %v", d.opened, want)
	}
}

func TestWhatNobodyAsksForIsForgotten(t *testing.T) {
	d := newDisk(t)
	b := newBench(t, d)
	b.maxParts = 7
	for _, folder := range []string{"a", "b", "c", "a", "d"} {
		d.write(folder+"/1.ts", folder)
		d.write(folder+"/2.ts", folder)
		d.write(folder+"/index.m3u8", media(true, "1.ts", "2.ts"))
		b.ask(folder + "/index.m3u8")
		b.clock = b.clock.Add(time.Second)
		b.work()
	}
	if b.parts != 6 || len(b.playlists) != 3 {
		t.Errorf("%d parts of %v", b.parts, b.playlists)
	}
	b.pass(keptFor)
	if left := slices.Sorted(maps.Keys(b.folders)); !slices.Equal(left, []string{"a", "c", "d"}) {
		t.Errorf("%v are left", left)
	}
	b.want("b", texts("1.ts", "b", "2.ts", "b")) // all anew
	b.maxParts = 2
	d.write("a/3.ts", "a")
	d.write("a/index.m3u8", media(true, "1.ts", "2.ts", "3.ts"))
	b.ask("a/index.m3u8")
	b.want("a", texts("1.ts", "a", "2.ts", "a", "3.ts", "a")) // though it is too much alone
	d.remove("a/index.m3u8")
	b.pass(lookEvery)
	b.pass(keptFor)
	if b.parts != 0 || b.folders["a"] != nil {
		t.Errorf("%d parts of %v after the playlist has gone", b.parts, b.folders["a"])
	}
}

func TestOfAHugePlaylistTheLastSegmentsAreTaken(t *testing.T) {
	d := newDisk(t)
	b := newBench(t, d)
	names := make([]string, maxListed+10)
	for i := range names {
		names[i] = fmt.Sprintf("%x", i)
	}
	d.write("index.m3u8", media(true, names...))
	b.ask("index.m3u8")
	if b.parts != maxListed || b.folders["."].files["9"] != nil || b.folders["."].files["a"] == nil {
		t.Errorf("%d parts, want %d", b.parts, maxListed)
	}
}

// A film of gigabytes is not waited for.
func TestAnAnswerIsNotLate(t *testing.T) {
	d := newDisk(t)
	d.write("1.ts", "one")
	d.write("2.ts", "two")
	d.write("index.m3u8", media(true, "1.ts", "2.ts"))
	synctest.Test(t, func(t *testing.T) {
		reading, release := make(chan string), make(chan struct{})
		d.reading = func(name string) {
			if name == "2.ts" {
				select {
				case reading <- name:
				default:
				}
				<-release
			}
		}
		f := New(d, slog.New(slog.DiscardHandler))
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { f.Run(ctx); close(ended) }()
		begin := time.Now()
		if list := listOf(t, f, "."); !reflect.DeepEqual(list, texts("1.ts", "one")) {
			t.Errorf("lists %v", list)
		}
		if took := time.Since(begin); took != patience {
			t.Errorf("after %v", took)
		}
		go func() {
			time.Sleep(patience / 2)
			close(release)
		}()
		begin = time.Now()
		if list := listOf(t, f, "."); len(list) != 2 {
			t.Errorf("lists %v", list)
		}
		if took := time.Since(begin); took != patience/2 {
			t.Errorf("after %v", took)
		}
		cancel()
		<-ended
	})
}

func TestRunHashesWhatLands(t *testing.T) {
	d := newDisk(t)
	d.write("1.ts", "one")
	d.write("index.m3u8", media(false, "1.ts"))
	synctest.Test(t, func(t *testing.T) {
		f := New(d, slog.New(slog.DiscardHandler))
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { f.Run(ctx); close(ended) }()
		if list := listOf(t, f, "."); !reflect.DeepEqual(list, texts("1.ts", "one")) {
			t.Errorf("lists %v", list)
		}
		d.write("2.ts", "two")
		d.write("index.m3u8", media(false, "1.ts", "2.ts"))
		time.Sleep(lookEvery)
		synctest.Wait()
		if n := d.bytesRead("2.ts"); n != 3 {
			t.Errorf("read %d bytes", n)
		}
		d.write("0.ts", "nought")
		d.write("index.m3u8", media(false, "2.ts", "0.ts"))
		if list := listOf(t, f, "."); list["0.ts"] != sum("nought") {
			t.Errorf("is older than the playlist: %v", list)
		}
		time.Sleep(inUse)
		d.write("3.ts", "three")
		d.write("index.m3u8", media(false, "2.ts", "3.ts"))
		time.Sleep(lookEvery)
		synctest.Wait()
		if n := d.bytesRead("3.ts"); n != 0 {
			t.Errorf("read %d bytes that nobody asked for", n)
		}
		cancel()
		<-ended
	})
}

func TestAllAtOnce(t *testing.T) {
	d := newDisk(t)
	f := New(d, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	ended := make(chan struct{})
	go func() { f.Run(ctx); close(ended) }()
	var names []string
	show := func(i int) {
		name := fmt.Sprintf("%d.ts", i)
		names = append(names, name)
		d.write(name, name)
		d.write("index.m3u8", media(false, names[max(0, len(names)-5):]...))
	}
	show(0)
	for range 4 {
		all.Go(func() {
			for ctx.Err() == nil {
				for _, name := range []string{"index.m3u8", "0.ts", "1.ts"} {
					if file, err := f.Open(name); err == nil {
						file.Close()
					}
				}
				list, _, err := f.Digests(ctx, ".")
				var read map[string]string
				if err != nil && ctx.Err() == nil || err == nil && json.Unmarshal(list, &read) != nil {
					t.Errorf("%s, %v", list, err)
				}
				for name, digest := range read {
					if digest != sum(name) {
						t.Errorf("%s: %s", name, digest)
					}
				}
			}
		})
	}
	for i := range 50 {
		show(i + 1)
	}
	cancel()
	all.Wait()
	<-ended
}

func BenchmarkHash(b *testing.B) {
	dir := b.TempDir()
	const size, count = 1 << 20, 64
	var names []string
	for i := range count {
		names = append(names, fmt.Sprintf("%d.ts", i))
		if err := os.WriteFile(filepath.Join(dir, names[i]), bytes.Repeat([]byte{byte(i)}, size), 0o666); err != nil {
			b.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "index.m3u8"), []byte(media(true, names...)), 0o666); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(size * count)
	for b.Loop() {
		f := New(os.DirFS(dir), slog.New(slog.DiscardHandler))
		f.HasDigests(".")
		for file := f.next(); file != nil; file = f.next() {
			f.turn(b.Context(), file)
		}
	}
}
