using System.Text.Json;
using System.Text.Json.Serialization;

namespace ControlChat.Core.Files;

/// <summary>What a kind of workspace consists of. Data, not code: <c>Profiles/generic.json</c> fits any, <c>Profiles/hydrology.json</c> is an example for runs of a watershed model.</summary>
/// <param name="Categories">At most <see cref="MostSlots"/> categories and counting fields together.</param>
public sealed record ContentProfile(string Name, IReadOnlyList<ContentCategory> Categories)
{
    public const int MostSlots = 60;

    private static readonly JsonSerializerOptions _wire = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    private static readonly Lazy<ContentProfile> _generic = new(() => Embedded("generic"));
    private static readonly Lazy<ContentProfile> _hydrology = new(() => Embedded("hydrology"));

    public static ContentProfile Generic => _generic.Value;

    public static ContentProfile Hydrology => _hydrology.Value;

    /// <exception cref="JsonException">It is no profile; the message says where.</exception>
    public static ContentProfile Read(string json)
    {
        var profile = JsonSerializer.Deserialize<ContentProfile>(json, _wire) ?? throw new JsonException("A profile is an object.");
        foreach (var field in profile.Categories.SelectMany(c => c.Fields ?? []))
        {
            var fromFile = field.Kind is ContentFieldKind.Value or ContentFieldKind.Top;
            if (fromFile ? field.File is null || field.At is null : field.Files is not { Count: > 0 })
                throw new JsonException($"The field {field.Name} of kind {field.Kind} needs {(fromFile ? "file and at" : "files")}.");
        }
        var slots = profile.Categories.Sum(c => 1 + (c.Fields ?? []).Count(f => f.Files is not null));
        if (slots > MostSlots) throw new JsonException($"A profile has at most {MostSlots} categories and counting fields; this has {slots}.");
        var places = profile.Categories.SelectMany(c => (c.Files ?? []).Concat((c.Fields ?? []).SelectMany(f => f.Files ?? []))).Select(g => g[..(g.LastIndexOf('/') + 1)]).Distinct(StringComparer.Ordinal).Count();
        return places <= MostSlots ? profile : throw new JsonException($"The globs of a profile name at most {MostSlots} different directories; this has {places}.");
    }

    private static ContentProfile Embedded(string name)
    {
        using var stream = typeof(ContentProfile).Assembly.GetManifestResourceStream($"ControlChat.Core.Files.Profiles.{name}.json")!;
        using var reader = new StreamReader(stream);
        return Read(reader.ReadToEnd());
    }
}

/// <param name="Files">Globs of what belongs to it, from the root, without regard to case: <c>*</c> and <c>?</c> within a name, <c>**/</c> for any directories.</param>
/// <param name="Rest">Everything that belongs to no other category.</param>
public sealed record ContentCategory(string Name, IReadOnlyList<string>? Files = null, IReadOnlyList<ContentField>? Fields = null, bool Rest = false);

/// <param name="Files">Globs, for the kinds that count.</param>
/// <param name="File">A JSON file of at most 256 KiB, for the kinds that read.</param>
/// <param name="At">JSON pointer (RFC 6901) into it.</param>
public sealed record ContentField(string Name, ContentFieldKind Kind, IReadOnlyList<string>? Files = null, string? File = null, string? At = null);

public enum ContentFieldKind
{
    /// <summary>How many files match.</summary>
    Count,

    /// <summary>Whether any does.</summary>
    Exists,

    /// <summary>What the first <c>*</c> of the glob stood for, five of them.</summary>
    Ids,

    /// <summary>A text, number or truth value in a JSON file.</summary>
    Value,

    /// <summary>Of an array in a JSON file the five most frequent values, of an object the five names with the largest numbers.</summary>
    Top,
}
