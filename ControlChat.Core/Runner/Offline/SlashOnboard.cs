using System.Globalization;
using ControlChat.Core.Tools.Onboarding;
using ControlChat.Core.Workspaces.Hosts;

namespace ControlChat.Core.Runner.Offline;

/// <summary>The command <c>/onboard</c>: what is to become of the people on its first line, the people below it.</summary>
internal static class SlashOnboard
{
    public const string Name = "/onboard";

    /// <param name="text">The whole message.</param>
    public static Move Parse(string text)
    {
        var end = text.AsSpan().IndexOfAny('\r', '\n');
        var (line, table) = end < 0 ? (text, "") : (text[..end], text[end..].StartsWith("\r\n", StringComparison.Ordinal) ? text[(end + 2)..] : text[(end + 1)..]);
        var words = CommandText.Words(line[Name.Length..]);
        return words is not null && Order([.. words]) is { } order ? OnboardMove.Of(table, order, null)
            : new Move.Say($"That does not fit, so nothing was done. The command is `{SlashCommands.Find(Name)!.Syntax}`.");
    }

    private static OnboardingOrder? Order(List<CommandWord> words)
    {
        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        while (words.Count > 0 && words[^1] is { Quoted: false } last && last.Text.Split(':', 2) is [var key, var value] && key.ToLowerInvariant() is "days" or "host" or "cap")
        {
            if (!options.TryAdd(last.Text.Split(':')[0].ToLowerInvariant(), value)) return null;
            words.RemoveAt(words.Count - 1);
        }
        string? role = null;
        if (words.Count > 2 && Is(words[^2], "as") && SlashInvitations.IsRole(words[^1].Text))
        {
            role = words[^1].Text.ToLowerInvariant();
            words.RemoveRange(words.Count - 2, 2);
        }
        var each = words.Count == 1 && Is(words[0], "each");
        var title = words.Count > 1 && Is(words[0], "to") ? SlashParser.Title(words[1..]) : null;
        if (!each && title is null) return null;
        return Filled(new OnboardingOrder(title, role ?? OnboardingOrder.UsualRole(each)), options);
    }

    private static OnboardingOrder? Filled(OnboardingOrder order, Dictionary<string, string> options)
    {
        if (options.TryGetValue("days", out var text))
        {
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var days)) return null;
            order = order with { Days = days };
        }
        if (options.TryGetValue("host", out var host))
        {
            if (host.ToLowerInvariant() is not (HostSize.Small or HostSize.Medium or HostSize.Large)) return null;
            order = order with { Host = host.ToLowerInvariant() };
        }
        if (!options.TryGetValue("cap", out var cap)) return order;
        return OnboardMove.Cap(cap, "hour") is { } most ? order with { Cap = most } : null;
    }

    private static bool Is(CommandWord word, string text) => !word.Quoted && word.Text.Equals(text, StringComparison.OrdinalIgnoreCase);
}
