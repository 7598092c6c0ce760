using System.Text.RegularExpressions;

namespace ControlChat.Core.Accounts;

/// <summary>E-mail addresses as accounts keep them: one form for one mailbox.</summary>
public static partial class Emails
{
    private const int Most = 254;

    /// <summary>Without space around it, in small letters; not checked.</summary>
    public static string Plain(string email) => email.Trim().ToLowerInvariant();

    /// <summary>The plain form, or null when it is no address.</summary>
    public static string? Read(string? email) => email is not null && Plain(email) is { Length: <= Most } plain && Form().IsMatch(plain) ? plain : null;

    /// <summary>The mailbox an address leads to: letter case and what follows a <c>+</c> in its name make no other one. Null when it is no address.</summary>
    public static string? MailboxOf(string? email)
    {
        if (Read(email) is not { } plain) return null;
        var (at, tag) = (plain.LastIndexOf('@'), plain.IndexOf('+', StringComparison.Ordinal));
        return tag > 0 && tag < at ? plain[..tag] + plain[at..] : plain;
    }

    /// <summary>What stands behind the sign, or null.</summary>
    public static string? DomainOf(string? email) => Read(email) is { } plain ? plain[(plain.LastIndexOf('@') + 1)..] : null;

    [GeneratedRegex(@"^[^\s@\p{C}]{1,64}@[^\s@\p{C}]{1,190}$", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
