
namespace ControlChat.Core.Files;

/// <summary>A profile made ready: which of its slots (a category, or a field that counts) a file belongs to, found with one look-up for most names.</summary>
internal sealed class ContentMatcher
{
    private readonly List<(PathGlob Glob, int Slot)> _globs = [];
    private readonly List<string> _places = [];
    private readonly Dictionary<ulong, DirectoryMatcher> _matchers = [];
    private readonly ulong _categories;

    public ContentMatcher(IReadOnlyList<ContentCategory> categories)
    {
        foreach (var category in categories)
        {
            Add(category, null, category.Files);
            if (category.Rest) RestSlot = Slots.Count - 1;
            else _categories |= 1UL << (Slots.Count - 1);
            foreach (var field in (category.Fields ?? []).Where(f => f.Files is not null)) Add(category, field, field.Files);
        }
        foreach (var place in _globs.Select(g => g.Glob.Place).Distinct(StringComparer.Ordinal)) _places.Add(place);
    }

    public List<ContentSlot> Slots { get; } = [];

    /// <summary>Takes what no category does; negative when the profile has none.</summary>
    public int RestSlot { get; } = -1;

    public bool IsRest(ulong slots) => RestSlot >= 0 && (slots & _categories) == 0;

    /// <summary>For the files in one directory.</summary>
    public DirectoryMatcher In(IReadOnlyList<byte[]> directory)
    {
        var active = _globs.Select(g => g.Glob).DistinctBy(g => g.Place).Where(g => g.MatchesPlace(directory)).Select(g => g.Place).ToHashSet(StringComparer.Ordinal);
        var key = _places.Select((place, i) => active.Contains(place) ? 1UL << i : 0).Aggregate(0UL, (a, b) => a | b);
        if (_matchers.TryGetValue(key, out var known)) return known;
        return _matchers[key] = new DirectoryMatcher(_globs.Where(g => active.Contains(g.Glob.Place)).Select(g => (g.Glob.Name, g.Slot)));
    }

    private void Add(ContentCategory category, ContentField? field, IReadOnlyList<string>? globs)
    {
        var own = (globs ?? []).Select(g => new PathGlob(g)).ToList();
        foreach (var glob in own) _globs.Add((glob, Slots.Count));
        Slots.Add(new ContentSlot(category, field, own));
    }
}

/// <summary>The names that count in one directory.</summary>
internal sealed class DirectoryMatcher
{
    private readonly Dictionary<ulong, ulong> _byExtension = [];
    private readonly List<(NameGlob Glob, ulong Slot)> _others = [];
    private readonly ulong _all;
    private ulong _lastKey;
    private ulong _lastSlots;

    public DirectoryMatcher(IEnumerable<(NameGlob Glob, int Slot)> globs)
    {
        foreach (var (glob, slot) in globs)
        {
            if (glob.IsEverything) _all |= 1UL << slot;
            else if (glob.ExtensionKey is var key and not 0) _byExtension[key] = _byExtension.GetValueOrDefault(key) | 1UL << slot;
            else _others.Add((glob, 1UL << slot));
        }
    }

    /// <returns>One bit for each slot.</returns>
    public ulong SlotsOf(ReadOnlySpan<byte> name)
    {
        // Files of one kind stand together.
        var key = NameGlob.KeyOf(name);
        if (key != _lastKey) (_lastKey, _lastSlots) = (key, _byExtension.GetValueOrDefault(key));
        var slots = _all | _lastSlots;
        foreach (var (glob, slot) in _others)
        {
            if ((slots & slot) == 0 && glob.Matches(name)) slots |= slot;
        }
        return slots;
    }
}

/// <summary>Globs of directories and one of the name in the last of them.</summary>
internal sealed class PathGlob
{
    private readonly List<NameGlob?> _directories;

    public PathGlob(string glob)
    {
        var parts = glob.Split('/');
        _directories = [.. parts[..^1].Select(p => p == "**" ? null : new NameGlob(p))];
        Place = string.Join('/', parts[..^1]);
        Name = new NameGlob(parts[^1]);
    }

    /// <summary>The part before the name, as it was written.</summary>
    public string Place { get; }

    public NameGlob Name { get; }

    public bool MatchesPlace(IReadOnlyList<byte[]> directory) => Matches(directory, 0, 0);

    private bool Matches(IReadOnlyList<byte[]> directory, int at, int part)
    {
        if (part == _directories.Count) return at == directory.Count;
        if (_directories[part] is { } glob) return at < directory.Count && glob.Matches(directory[at]) && Matches(directory, at + 1, part + 1);
        return Matches(directory, at, part + 1) || (at < directory.Count && Matches(directory, at + 1, part));
    }
}

/// <summary>What one category or counting field found.</summary>
internal sealed class ContentSlot(ContentCategory category, ContentField? counted, IReadOnlyList<PathGlob> globs)
{
    public const int MostSamples = 5;
    private readonly List<byte[]> _names = new(MostSamples + 1);
    private readonly List<WorkspacePath> _samples = [];

    public ContentCategory Category => category;

    /// <summary>Null for the category itself.</summary>
    public ContentField? Field => counted;

    public int Count { get; private set; }

    /// <summary>The first five by the bytes of their paths.</summary>
    public IReadOnlyList<WorkspacePath> Samples => _samples;

    /// <summary>What the first star of the glob stood for in each sample.</summary>
    public IEnumerable<string> Ids
    {
        get
        {
            foreach (var sample in _samples)
            {
                foreach (var glob in globs)
                {
                    if (!glob.Name.Matches(sample.Names[^1], out var stood)) continue;
                    yield return ShownName.Of(stood);
                    break;
                }
            }
        }
    }

    public void Add(ReadOnlySpan<byte> name)
    {
        Count++;
        if (_names.Count == MostSamples && name.SequenceCompareTo(_names[^1]) >= 0) return;
        var at = _names.Count;
        while (at > 0 && name.SequenceCompareTo(_names[at - 1]) < 0) at--;
        _names.Insert(at, name.ToArray());
        if (_names.Count > MostSamples) _names.RemoveAt(MostSamples);
    }

    /// <summary>A directory was read to its end.</summary>
    public void Settle(WorkspacePath directory)
    {
        if (_names.Count == 0) return;
        _samples.AddRange(_names.Select(n => directory.Below(n)));
        _names.Clear();
        _samples.Sort((a, b) => a.Terminated().AsSpan().SequenceCompareTo(b.Terminated()));
        if (_samples.Count > MostSamples) _samples.RemoveRange(MostSamples, _samples.Count - MostSamples);
    }
}
