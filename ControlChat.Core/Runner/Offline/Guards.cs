using System.Text.RegularExpressions;

namespace ControlChat.Core.Runner.Offline;

/// <summary>What keeps a text from ever being taken for an order: negation, doubt, condition, question, quotation.</summary>
internal static partial class Guards
{
    /// <summary>True when nothing in the text may be matched as a write.</summary>
    public static bool Forbids(string text) => IsPasted(text) || text.Contains('?', StringComparison.Ordinal) || Doubt().IsMatch(CommandText.WithoutQuoted(text));

    /// <summary>Several lines, quoted lines, code.</summary>
    public static bool IsPasted(string text) => text.Contains('\n', StringComparison.Ordinal) || text.Contains('`', StringComparison.Ordinal) || text.StartsWith('>') || text.StartsWith('"') || text.StartsWith('“');

    /// <summary>A typed consent, which is never one.</summary>
    public static bool IsConsent(string text) => text.Length <= 80 && Consent().IsMatch(text);

    /// <summary>Words that cannot be part of an unquoted title: they join, limit, quantify or order, and a sentence with them means more than it says.</summary>
    public static bool Joins(string title) => Joining().IsMatch(title);

    [GeneratedRegex(@"\b(?:not|no|never|none|nothing|nobody|don['’´]?t|dont|do not|won['’´]?t|can['’´]?t|cannot|isn['’´]?t|shouldn['’´]?t|wouldn['’´]?t|didn['’´]?t|doesn['’´]?t|aren['’´]?t|mustn['’´]?t|needn['’´]?t|without|avoid|stop|cancel|wait|refuse|forget|ignore|pretend|imagine|suppose|assuming|provided|if|unless|when|whenever|while|until|till|once|after|before|later|tomorrow|tonight|otherwise|else|instead|except|but|maybe|perhaps|should|shall|would|could|can|may|might|must|will|why|how|what|who|whether|said|says|told|because|although|though)\b",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Doubt();

    [GeneratedRegex(@"\b(?:to|and|or|then|also|that|which|whose|where|all|any|every|everything|each|both|only|just|from|with|it|them|they|this|these|those|please|as|so|create|rename|tag|untag|pin|unpin|archive|unarchive|delete|restore|purge|undo|share|unshare|sync the|configure the|start (?:the|an?)|turn o(?:n|ff)|shut down|host (?:of|for))\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Joining();

    [GeneratedRegex(@"\A(?:yes|yep|yeah|yup|ok|okay|sure|y|ja|fine|agreed|approve|approved|confirm|confirmed|accept|accepted|proceed|do it|go ahead|i (?:approve|confirm|agree|accept))\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Consent();
}
