using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace ControlChat.Core.Settings;

/// <summary>Reads our sections of a configuration key by key and collects every fault instead of stopping at the first.</summary>
internal sealed class SettingReader(IConfigurationRoot configuration, List<string> faults)
{
    private readonly Dictionary<string, string> _entries = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, SettingSource> _sources = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string> _secrets = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, SortedSet<string>> _indices = new(StringComparer.Ordinal);

    public (SettingValues Values, HubSecrets Secrets) Read()
    {
        foreach (var section in SettingCatalog.Sections.Order(StringComparer.Ordinal))
            foreach (var (key, value) in configuration.GetSection(section).AsEnumerable())
                if (key.Contains(':', StringComparison.Ordinal)) Entry(key, value);
        foreach (var secret in SettingCatalog.All.Where(d => d.Secret && !d.Key.Contains(':', StringComparison.Ordinal)))
            Secret(secret.Key, configuration[secret.Key]);
        Gaps();
        return (new SettingValues(_entries, _sources), new HubSecrets(_secrets));
    }

    private void Entry(string key, string? value)
    {
        if (SettingCatalog.Find(key) is { } setting) Plain(setting, key, value);
        else if (Owner(key) is { } owner) Inner(owner, key[(owner.Key.Length + 1)..], key, value);
        else if (value is not null && !IsParent(key)) Unknown(key);
    }

    private void Plain(SettingDefinition setting, string key, string? value)
    {
        if (setting.Secret)
        {
            Secret(setting.Key, value);
            return;
        }
        // An empty text means "not set" where there may be nothing, as composed environments write it; null is what the file says.
        if (value is null || (value.Length == 0 && setting.Default is null or "")) return;
        if (setting.Type.Read(value) is { } canonical) Keep(setting, setting.Key, canonical, key);
        else faults.Add(setting.Fault(value));
    }

    private void Inner(SettingDefinition owner, string rest, string key, string? value)
    {
        switch (owner.Type)
        {
            case SettingType.List list when IsIndex(rest):
                Value(owner, list.Item, $"{owner.Key}:{rest}", key, value);
                break;
            case SettingType.Map map:
                if (map.Names is { } names && names.Read(rest) is null) faults.Add($"{owner.Key} has the name '{SettingText.Shown(rest)}'; {names.Legal}.");
                else Value(owner, map.Item, $"{owner.Key}:{rest}", key, value);
                break;
            case SettingType.Objects objects when rest.Split(':') is { Length: >= 2 } parts && IsIndex(parts[0]):
                Field(owner, objects, parts, key, value);
                break;
            case SettingType.Objects when IsIndex(rest):
                break;
            default:
                Unknown(key);
                break;
        }
    }

    private void Field(SettingDefinition owner, SettingType.Objects objects, string[] parts, string key, string? value)
    {
        var full = $"{owner.Key}:{string.Join(':', parts)}";
        if (value is { Length: > 0 } && !objects.Secrets.Contains(parts[1], StringComparer.OrdinalIgnoreCase)) Saw(owner, parts[0]);
        if (parts.Length == 2 && objects.Secrets.Contains(parts[1], StringComparer.OrdinalIgnoreCase)) Secret(full, value);
        else if (objects.Fields.FirstOrDefault(f => f.Key.Equals(parts[1], StringComparison.OrdinalIgnoreCase)) is not { Value: { } type }) Unknown(key);
        else if (parts.Length == 2 && type is not SettingType.List) Value(owner, type, full, key, value);
        else if (parts.Length == 3 && type is SettingType.List list && IsIndex(parts[2])) Value(owner, list.Item, full, key, value);
        else if (value is { Length: > 0 }) Unknown(key);
    }

    private void Saw(SettingDefinition owner, string index)
    {
        if (!_indices.TryGetValue(owner.Key, out var seen)) _indices[owner.Key] = seen = new(StringComparer.Ordinal);
        seen.Add(index);
    }

    // Binding closes a gap, and what is looked up by its number, such as the secret of an entry, would be the neighbour's.
    private void Gaps()
    {
        foreach (var (key, seen) in _indices)
            if (Enumerable.Range(0, seen.Count).Any(i => !seen.Contains(i.ToString(CultureInfo.InvariantCulture))))
                faults.Add($"{key} has entries with the numbers {string.Join(", ", seen)}; number them 0, 1, 2 and so on without a gap.");
    }

    private void Value(SettingDefinition owner, SettingType type, string full, string key, string? value)
    {
        if (value is null) return;
        if (type.Read(value) is { } canonical) Keep(owner, full, canonical, key);
        else faults.Add($"{full} is '{SettingText.Shown(value)}'; {type.Legal}.");
    }

    private void Keep(SettingDefinition setting, string full, string canonical, string key)
    {
        // "" stands for an empty list or map: nothing to bind.
        if (setting.Type is not (SettingType.List or SettingType.Map or SettingType.Objects) || full != setting.Key) _entries[full] = canonical;
        _sources[setting.Key] = SourceOf(key);
    }

    private void Secret(string key, string? value)
    {
        var places = configuration.Providers.Where(p => p.TryGet(key, out var found) && !string.IsNullOrEmpty(found))
            .Select(SettingSources.Of).Where(s => s is SettingSource.File or SettingSource.CommandLine).Distinct().ToList();
        foreach (var place in places)
            faults.Add($"{key} is a secret and stands {(place == SettingSource.File ? "in the file" : "on the command line")}; take it out and set the environment variable {key.Replace(":", "__", StringComparison.Ordinal)}.");
        if (places.Count > 0 || string.IsNullOrEmpty(value)) return;
        _secrets[key] = value;
        _sources[key] = SettingSource.Environment;
    }

    private void Unknown(string key)
    {
        var near = SettingCatalog.Nearest(key);
        faults.Add(near.Count == 0 ? $"{SettingText.Shown(key)} is not a setting; take it out." : $"{SettingText.Shown(key)} is not a setting; did you mean {string.Join(" or ", near.Select(n => $"'{n}'"))}?");
    }

    private SettingSource SourceOf(string key) => configuration.Providers.Reverse().Where(p => p.TryGet(key, out _)).Select(SettingSources.Of).FirstOrDefault();

    private static SettingDefinition? Owner(string key) => SettingCatalog.All.FirstOrDefault(d =>
        d.Type is SettingType.List or SettingType.Map or SettingType.Objects && key.StartsWith(d.Key + ':', StringComparison.OrdinalIgnoreCase));

    // An empty value on a name above settings ("Bus:Redis" when the file says {}) says nothing.
    private static bool IsParent(string key) => SettingCatalog.All.Any(d => d.Key.StartsWith(key + ':', StringComparison.OrdinalIgnoreCase));

    private static bool IsIndex(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _);
}
