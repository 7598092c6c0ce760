using System.Collections.Concurrent;
using ControlChat.Core.Settings;

namespace ControlChat.Core.Sessions;

/// <summary>
/// How agents are told to work, one Markdown file each (R27): front matter with <c>name</c>, and if wanted <c>model</c>, <c>tools</c> and
/// <c>instructions</c> (one sentence for people), then the prompt. Two are shipped; <c>profiles</c> in the data directory holds an operator's own, which win.
/// </summary>
public sealed class AgentProfiles(HubPaths paths)
{
    public const string Default = "default";
    private const string Resources = "ControlChat.Core.Sessions.Profiles.";
    private static readonly IReadOnlyList<AgentProfile> Shipped = [.. ReadShipped()];
    private readonly ConcurrentDictionary<string, string> _names = new(StringComparer.Ordinal);

    /// <summary>All there are, by name. A file that is none has the name it had, or its file's, and a fault.</summary>
    public IReadOnlyList<AgentProfile> All => [.. Own().Concat(Shipped).DistinctBy(p => p.Name).OrderBy(p => p.Name, StringComparer.Ordinal)];

    /// <summary>Null for a name that is none.</summary>
    public AgentProfile? Find(string name) => All.FirstOrDefault(p => p.Name == name);

    private IEnumerable<AgentProfile> Own()
    {
        var folder = Path.Combine(paths.DataDirectory, "profiles");
        return Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*.md").Order(StringComparer.Ordinal).Select(Read).OfType<AgentProfile>() : [];
    }

    // A file that is none any more, such as one that is being saved, goes on standing before the shipped one of its name: with a fault, and so without tools.
    private AgentProfile? Read(string file)
    {
        try
        {
            if (AgentProfile.Read(File.ReadAllText(file)) is { } profile)
            {
                _names[file] = profile.Name;
                return profile;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // As one that cannot be understood.
        }
        var name = _names.GetValueOrDefault(file, Path.GetFileNameWithoutExtension(file));
        return AgentProfile.IsName(name) ? new AgentProfile(name, null, null, [], "") { Fault = "its file cannot be read, or is no profile" } : null;
    }

    private static IEnumerable<AgentProfile> ReadShipped()
    {
        var assembly = typeof(AgentProfiles).Assembly;
        foreach (var name in assembly.GetManifestResourceNames().Where(n => n.StartsWith(Resources, StringComparison.Ordinal)))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            yield return AgentProfile.Read(reader.ReadToEnd()) ?? throw new InvalidOperationException($"{name} is no profile.");
        }
    }
}

/// <param name="Name">Small letters, digits, <c>_</c> and <c>-</c>, at most 64.</param>
/// <param name="About">One sentence for people; null when the file has none.</param>
/// <param name="Tools">The tools of the workspace that its sessions have, by name or by module; null: all.</param>
/// <param name="Prompt">What the agent is told before anything else.</param>
public sealed record AgentProfile(string Name, string? About, string? Model, IReadOnlyList<string>? Tools, string Prompt)
{
    private const string Fence = "---";
    private const int MostName = 64;

    /// <summary>Why no session may have it, after "…: "; null: one may. Where what it says of tools is not understood, it must not mean all of them.</summary>
    public string? Fault { get; init; }

    public static bool IsName(string name) => name.Length is > 0 and <= MostName && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '_' or '-');

    /// <summary>Null for a text without front matter, without a name, or without a prompt.</summary>
    public static AgentProfile? Read(string text)
    {
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        var end = lines[0] == Fence ? Array.IndexOf(lines, Fence, 1) : -1;
        if (end < 0) return null;
        var (front, fault) = Front(lines[1..end]);
        var prompt = string.Join('\n', lines[(end + 1)..]).Trim();
        if (front.GetValueOrDefault("name") is not [var name] || !IsName(name) || prompt.Length == 0) return null;
        var tools = front.TryGetValue("tools", out var said) ? said.SelectMany(t => t.Trim('[', ']').Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).Select(t => t.Trim('"', '\'')).ToList() : null;
        if (tools is { Count: 0 }) fault ??= "'tools' names none; leave it out for all of them";
        return new AgentProfile(name, First("instructions"), First("model"), tools, prompt) { Fault = fault };

        string? First(string key) => front.GetValueOrDefault(key) is [var value, ..] ? value : null;
    }

    // "key: value", or "key:" with lines of "- value" below it: as much of YAML as a profile needs. Anything else is a fault.
    private static (Dictionary<string, List<string>> Front, string? Fault) Front(string[] lines)
    {
        var front = new Dictionary<string, List<string>>(StringComparer.OrdinalIgnoreCase);
        List<string>? open = null;
        string? fault = null;
        foreach (var line in lines.Select(l => l.Trim()).Where(l => l.Length > 0 && l[0] != '#'))
        {
            if (line.StartsWith("- ", StringComparison.Ordinal) && open is not null) open.Add(line[2..].Trim());
            else if (line.Split(':', 2) is [var key, var value] && front.TryAdd(key.Trim(), open = value.Trim().Length == 0 ? [] : [value.Trim()])) continue;
            else fault ??= $"its front matter has the line '{(line.Length <= 60 ? line : line[..60] + "…")}', which is not understood";
        }
        return (front, fault);
    }
}
