using ControlChat.App.Start;
using ControlChat.Core.Settings;

namespace ControlChat.App.Commands;

/// <summary>
/// The words, options and settings of a command line: <c>token create --name ci --Hub:DataDirectory=/srv/hub</c>.
/// An option with a colon in its name is a setting and goes to the configuration, wherever it stands.
/// </summary>
internal sealed class CommandLine
{
    private static readonly string[] HostSettings = ["urls", "mode", "environment"];
    private readonly Dictionary<string, string> _options = new(StringComparer.Ordinal);
    private readonly List<string> _words = [];
    private readonly List<string> _settings = [];

    private CommandLine()
    {
    }

    public IReadOnlyList<string> Words => _words;

    /// <summary>For the configuration, as <c>--name=value</c>.</summary>
    public string[] Settings => [.. _settings];

    public string? this[string option] => _options.GetValueOrDefault(option);

    /// <exception cref="StartException">64: an option without a value, or twice.</exception>
    public static CommandLine Parse(string[] args)
    {
        var line = new CommandLine();
        for (var i = 0; i < args.Length; i++)
        {
            if (args[i] is "-h" or "--help") line._words.Insert(0, "help");
            else if (!args[i].StartsWith("--", StringComparison.Ordinal)) line._words.Add(args[i]);
            else line.Take(args[i][2..], i + 1 < args.Length ? args[i + 1] : null, ref i);
        }
        return line;
    }

    /// <exception cref="StartException">64: an option this command does not have.</exception>
    public void Allow(params string[] options)
    {
        foreach (var option in _options.Keys.Except(options))
            throw new StartException(ExitCode.Usage, options.Length == 0 ? $"--{option} is not known here." : $"--{option} is not known here; use {string.Join(", ", options.Select(o => "--" + o))}.");
    }

    /// <exception cref="StartException">64: the option is missing.</exception>
    public string Need(string option) => this[option] ?? throw new StartException(ExitCode.Usage, $"--{option} is missing.");

    private void Take(string text, string? next, ref int index)
    {
        var at = text.IndexOf('=', StringComparison.Ordinal);
        var name = at < 0 ? text : text[..at];
        var value = at < 0 ? next : text[(at + 1)..];
        if (value is null || (at < 0 && value.StartsWith("--", StringComparison.Ordinal))) throw new StartException(ExitCode.Usage, $"--{name} needs a value.");
        if (at < 0) index++;
        // A setting without a colon is a secret; the configuration refuses it by its name.
        if (name.Contains(':', StringComparison.Ordinal) || HostSettings.Contains(name) || SettingCatalog.Find(name) is not null) _settings.Add($"--{name}={value}");
        else if (!_options.TryAdd(name, value)) throw new StartException(ExitCode.Usage, $"--{name} is given twice.");
    }
}
