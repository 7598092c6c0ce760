using System.Text;

namespace ControlChat.Core.Accounts.Passwords;

/// <summary>What a password must be. Long rather than colourful: no rule asks for a digit or a sign (NIST SP 800-63B).</summary>
public static class PasswordPolicy
{
    /// <summary>Characters, counted as Unicode code points.</summary>
    public const int Least = 12;

    /// <inheritdoc cref="Least"/>
    public const int Most = 128;

    // The words that the commonest passwords of twelve characters and more are made of.
    private static readonly HashSet<string> Commonest = new(StringComparer.Ordinal)
    {
        "password", "passw", "passwort", "passphrase", "motdepasse", "contraseña", "qwerty", "qwertyuiop", "qwertyuiopasdfghjkl", "qwertz", "azerty", "asdfghjkl", "zxcvbnm",
        "letmein", "welcome", "administrator", "admin", "iloveyou", "iloveyouforever", "changeme", "trustno", "monkey", "dragon", "football", "baseball", "basketball",
        "superman", "batman", "princess", "sunshine", "starwars", "whatever", "computer", "internet", "secret", "topsecret", "master", "michael", "jennifer", "jordan",
        "liverpool", "arsenal", "chelsea", "manchesterunited", "correcthorsebatterystaple", "controlchat", "loveyou", "default", "guest", "login", "temporary", "unknown",
    };

    private static readonly string[] Runs = ["01234567890123456789", "98765432109876543210", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p"];

    /// <summary>What is wrong with it, for the person who chose it; null when nothing is.</summary>
    /// <param name="email">The account's, or null.</param>
    /// <param name="name">The account's.</param>
    public static string? Fault(string password, string? email, string name)
    {
        if (!IsText(password)) return "The password holds a character that is none.";
        var length = password.EnumerateRunes().Count();
        if (length < Least) return $"The password must have at least {Least} characters. A few words in a row are good.";
        if (length > Most) return $"The password must have at most {Most} characters.";
        var plain = password.Normalize(NormalizationForm.FormKC).ToLowerInvariant().Trim();
        if (IsMadeOf(plain, email) || IsMadeOf(plain, email?.Split('@')[0]) || IsMadeOf(plain, name)) return "The password must not be the e-mail address or the name.";
        return IsCommon(plain) ? "This password is one of the first that would be tried. Take another." : null;
    }

    /// <summary>False where half of a surrogate pair stands alone, which no keyboard sends and no hash takes.</summary>
    internal static bool IsText(string password)
    {
        for (var i = 0; i < password.Length; i++)
            if (char.IsSurrogate(password[i]) && !(i + 1 < password.Length && char.IsSurrogatePair(password[i], password[++i]))) return false;
        return true;
    }

    private static bool IsMadeOf(string plain, string? word)
    {
        var own = Letters(word?.Normalize(NormalizationForm.FormKC).ToLowerInvariant() ?? "");
        return own.Length > 0 && (plain == word?.ToLowerInvariant() || IsRepeated(Letters(plain), own));
    }

    private static bool IsCommon(string plain)
    {
        if (plain.Distinct().Count() <= 3 || Runs.Any(r => r.Contains(plain, StringComparison.Ordinal))) return true;
        if (plain.All(char.IsAsciiDigit) && IsRepeated(plain, plain[..(plain.Length / 2)])) return true;
        var (letters, unmasked) = (Letters(plain), Unmasked(plain.Trim([.. "0123456789!?.,-_*#$ "])));
        return Commonest.Any(word => IsRepeated(letters, word) || IsRepeated(unmasked, word));
    }

    private static bool IsRepeated(string text, string word) => word.Length > 0 && text.Length > 0 && text.Length % word.Length == 0 && text.Replace(word, "", StringComparison.Ordinal).Length == 0;

    private static string Letters(string text) => string.Concat(text.Where(char.IsLetter));

    // "p@ssw0rd" is "password".
    private static string Unmasked(string text) => Letters(text.Replace('@', 'a').Replace('0', 'o').Replace('3', 'e').Replace('$', 's').Replace('!', 'i').Replace('1', 'l'));
}
