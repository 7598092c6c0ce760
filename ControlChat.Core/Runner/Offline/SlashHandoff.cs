using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace ControlChat.Core.Runner.Offline;

/// <summary>The command that hands a task over: a title, the word "to", the task as it stands, and options at the end.</summary>
internal static partial class SlashHandoff
{
    /// <param name="rest">What stands behind the command's name.</param>
    /// <returns>Null when it does not fit.</returns>
    public static Move.Call? Parse(string rest)
    {
        if (Command().Match(rest) is not { Success: true } match) return null;
        var title = match.Groups["quoted"].Success ? match.Groups["quoted"].Value : match.Groups["bare"].Value;
        var call = PlannedCall.HandOver(title.Trim() is { Length: > 0 } workspace ? workspace : null, match.Groups["goal"].Value.Trim());
        foreach (Capture option in match.Groups["option"].Captures)
        {
            var colon = option.Value.IndexOf(':', StringComparison.Ordinal);
            if (!Add(call.Arguments, option.Value[..colon].ToLowerInvariant(), option.Value[(colon + 1)..])) return null;
        }
        return new Move.Call(call);
    }

    private static bool Add(JsonObject arguments, string option, string value)
    {
        if (option == "budget")
        {
            if (arguments.ContainsKey("budget_tokens") || !long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var budget)) return false;
            arguments["budget_tokens"] = budget;
            return true;
        }
        var name = option == "deliver" ? "artefacts" : "allowed_paths";
        if (arguments[name] is not JsonArray paths) arguments[name] = paths = [];
        paths.Add(JsonValue.Create(value));
        return true;
    }

    // The first "to" that stands alone ends the title; one with that word in it stands in quotes.
    [GeneratedRegex(@"\A(?:(?:""(?<quoted>[^""]+)""|(?<bare>[^""]+?))\s+)?to\s+(?<goal>\S.*?)(?:\s+(?<option>(?:deliver|only|budget):\S+))*\z", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, 250)]
    private static partial Regex Command();
}
