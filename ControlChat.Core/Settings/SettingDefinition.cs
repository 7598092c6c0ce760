namespace ControlChat.Core.Settings;

/// <summary>Who may change a setting.</summary>
public enum SettingKind
{
    /// <summary>Each person for themselves, by a plain write.</summary>
    Personal,

    /// <summary>Admins, by <c>config.set</c>, which asks.</summary>
    Admin,

    /// <summary>File, environment or command line only; no tool and no route.</summary>
    Operator,
}

/// <summary>One setting: what it is called, what it may be, who may change it.</summary>
/// <param name="Key">As in the file: <c>Logs:Days</c>.</param>
/// <param name="Description">One or two sentences for people and models, with the unit.</param>
/// <param name="Type">The legal values.</param>
/// <param name="Default">Canonical text, or null when there is none (then <paramref name="Description"/> says what happens).</param>
/// <param name="Kind">Who may change it.</param>
public sealed record SettingDefinition(string Key, string Description, SettingType Type, string? Default, SettingKind Kind)
{
    /// <summary>Only from the environment, shown as "set" or "not set".</summary>
    public bool Secret { get; init; }

    /// <summary>Members may see the value; else admins only. Personal settings are always one's own.</summary>
    public bool Public { get; init; }

    /// <summary>An admin may set another value for one account, as <c>Key@acc_…</c>.</summary>
    public bool PerAccount { get; init; }

    /// <summary>The environment variable that sets it.</summary>
    public string Variable => Key.Replace(":", "__", StringComparison.Ordinal);

    /// <summary>The fault of an illegal value, in the house's words.</summary>
    public string Fault(string value) => Secret ? $"{Key} is not legal; {Type.Legal}." : $"{Key} is '{SettingText.Shown(value)}'; {Type.Legal}.";
}

internal static class SettingText
{
    /// <summary>A value as it may stand in a message: short, on one line.</summary>
    public static string Shown(string value)
    {
        var text = string.Concat(value.Select(c => char.IsControl(c) ? '\uFFFD' : c));
        return text.Length <= 80 ? text : text[..80] + "…";
    }
}
