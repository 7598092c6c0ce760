using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ControlChat.Core.Files;

/// <summary>
/// Summaries of a workspace. One that was made stays good while no directory and no file it rests on changed: all of them are looked at
/// again at each call, while they are few. Of a tree of more than <see cref="MostChecked"/> directories a summary stands for
/// <see cref="Shelf"/>, and says so.
/// </summary>
internal sealed class ContentDescriber(BeneathRoot root, TimeProvider time)
{
    public const int MostChecked = 250;
    private const int MostKept = 8;

    public static readonly TimeSpan Shelf = TimeSpan.FromSeconds(5);

    // Two changes within one tick of the kernel's coarse clock leave the same time on a directory.
    private static readonly long _tick = TimeSpan.FromMilliseconds(50).Ticks;

    private static readonly JsonSerializerOptions _plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Tried in this order until the answer is short enough: samples of each category, and characters of one.</summary>
    private static readonly (int Samples, int Length)[] _cuts = [(5, 300), (5, 120), (5, 60), (5, 30), (3, 30), (1, 30), (0, 0)];

    private readonly Lock _gate = new();
    private readonly List<Kept> _kept = [];

    public ContentDescription Describe(ContentProfile profile, string? category)
    {
        var chosen = category is null ? profile.Categories : [.. profile.Categories.Where(c => c.Name == category)];
        if (chosen.Count == 0)
            return new ContentDescription.Refused(new FileRefusal(FileProblem.Invalid, $"There is no such category. There are: {string.Join(", ", profile.Categories.Select(c => c.Name))}."));
        lock (_gate)
        {
            var known = _kept.Find(k => ReferenceEquals(k.Profile, profile) && k.Category == category);
            if (known is not null && IsGood(known)) return new ContentDescription.Summary(known.Json, Scanned: false);
            if (known is not null) _kept.Remove(known);
        }
        return Scan(profile, category, chosen);
    }

    private ContentDescription Scan(ContentProfile profile, string? category, IReadOnlyList<ContentCategory> chosen)
    {
        var began = time.GetUtcNow();
        // What belongs to another category is not the rest, also when only the rest is asked for.
        var matcher = new ContentMatcher(profile.Categories);
        var scan = new ContentScan(root, matcher);
        if (scan.Run() is { } refusal) return new ContentDescription.Refused(refusal);
        var values = new ContentValues(root);
        var read = chosen.SelectMany(c => c.Fields ?? []).Where(f => f.File is not null).ToDictionary(f => f, values.Read);
        var all = scan.Seen.Select(s => (s.Path, (FileStatus?)s.Status)).Concat(values.Seen).ToList();
        var settled = all.TrueForAll(s => s.Item2 is not { } status || status.Changed / 100 < (began - DateTimeOffset.UnixEpoch).Ticks - _tick);
        var isChecked = all.Count <= MostChecked;
        var json = Write(profile.Name, chosen, matcher, scan, read, began, isChecked);
        var kept = new Kept(profile, category, json, began, isChecked ? all : null);
        lock (_gate)
        {
            _kept.RemoveAll(k => ReferenceEquals(k.Profile, profile) && k.Category == category);
            if (settled || !isChecked) _kept.Add(kept);
            if (_kept.Count > MostKept) _kept.RemoveAt(0);
        }
        return new ContentDescription.Summary(json, Scanned: true);
    }

    private bool IsGood(Kept kept)
    {
        if (kept.Seen is null) return time.GetUtcNow() - kept.At is var age && age >= TimeSpan.Zero && age < Shelf;
        foreach (var (path, status) in kept.Seen)
        {
            if (StatusOf(path) != status) return false;
        }
        return true;
    }

    private FileStatus? StatusOf(WorkspacePath path)
    {
        if (!root.TryOpen(path, Libc.PathOnly | Libc.CloseOnExec, links: false, out var handle, out _)) return null;
        using (handle) return FileStatus.Of(handle);
    }

    private static string Write(string profile, IReadOnlyList<ContentCategory> chosen, ContentMatcher matcher, ContentScan scan,
        Dictionary<ContentField, JsonNode?> values, DateTimeOffset at, bool isChecked)
    {
        var answer = new JsonObject
        {
            ["profile"] = Cut(profile, 60),
            ["files"] = scan.Files,
            ["directories"] = scan.Directories,
            ["links"] = scan.Links,
            ["others"] = scan.Others,
            ["not_looked_into"] = scan.Skipped,
            ["as_of"] = at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture),
            ["checked"] = isChecked ? "no directory changed since" : "may be 5 s old",
        };
        foreach (var (samples, length) in _cuts)
        {
            var categories = new JsonObject();
            foreach (var category in chosen)
            {
                if (WriteCategory(category, matcher, values, samples, length, alone: chosen.Count == 1) is { } written) categories[category.Name] = written;
            }
            answer["categories"] = categories;
            if (Fits(answer)) break;
        }
        // A profile may have more names than there is room for.
        for (var leftOut = 1; !Fits(answer); leftOut++)
        {
            answer["categories"]!.AsObject().RemoveAt(answer["categories"]!.AsObject().Count - 1);
            answer["categories_left_out"] = leftOut;
        }
        return answer.ToJsonString(_plain);
    }

    private static bool Fits(JsonObject answer) => Encoding.UTF8.GetByteCount(answer.ToJsonString(_plain)) <= ContentDescription.MostBytes;

    private static JsonObject? WriteCategory(ContentCategory category, ContentMatcher matcher, Dictionary<ContentField, JsonNode?> values, int samples, int length, bool alone)
    {
        var own = matcher.Slots.First(s => ReferenceEquals(s.Category, category) && s.Field is null);
        if (own.Count == 0 && category.Fields is null && !alone) return null;
        var written = new JsonObject { ["count"] = own.Count };
        if (alone && length > 0 && category.Files is { } globs) written["pattern"] = Cut(string.Join(' ', globs), length);
        if (samples > 0) written["sample_files"] = Texts(own.Samples.Select(s => s.ToString()), samples, length);
        foreach (var field in category.Fields ?? [])
        {
            var slot = matcher.Slots.Find(s => ReferenceEquals(s.Field, field));
            written[field.Name] = field.Kind switch
            {
                ContentFieldKind.Count => slot!.Count,
                ContentFieldKind.Exists => slot!.Count > 0,
                ContentFieldKind.Ids => Texts(slot!.Ids, samples, length),
                _ => Shorten(values.GetValueOrDefault(field), samples, length),
            };
        }
        return written;
    }

    private static JsonArray Texts(IEnumerable<string> texts, int samples, int length) => new([.. texts.Take(samples).Select(t => (JsonNode)Cut(t, length))]);

    private static JsonNode? Shorten(JsonNode? value, int samples, int length) => value switch
    {
        JsonArray all => Texts(all.Select(t => t!.GetValue<string>()), samples, length),
        JsonValue text when text.TryGetValue<string>(out var plain) => Cut(plain, length),
        _ => value?.DeepClone(),
    };

    private static string Cut(string text, int length) =>
        text.Length <= length ? text : text[..(char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)] + "…";

    /// <param name="Seen">What it rests on; null: it stands for a while only.</param>
    private sealed record Kept(ContentProfile Profile, string? Category, string Json, DateTimeOffset At, IReadOnlyList<(WorkspacePath Path, FileStatus? Status)>? Seen);
}
