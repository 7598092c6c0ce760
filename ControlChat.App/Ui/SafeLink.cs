namespace ControlChat.App.Ui;

/// <summary>Which addresses text from a model, a log or another person may link to: http, https and mailto, written plainly.</summary>
public static class SafeLink
{
    private const int Longest = 2048;

    /// <summary>
    /// The address to put into href, or null. Refused: every other scheme and relative addresses, controls and white space
    /// (browsers drop some of them inside "java\tscript:"), characters nobody sees, and user names in front of the host.
    /// </summary>
    public static string? Of(string? address)
    {
        if (address is null or "" || address.Length > Longest || address.Any(char.IsWhiteSpace) || !VisibleText.IsPlain(address))
            return null;
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri))
            return null;
        var allowed = uri.Scheme switch
        {
            "http" or "https" => address.StartsWith(uri.Scheme + "://", StringComparison.OrdinalIgnoreCase) && uri is { Host.Length: > 0, UserInfo.Length: 0 },
            "mailto" => address.StartsWith("mailto:", StringComparison.OrdinalIgnoreCase),
            _ => false,
        };
        return allowed ? uri.AbsoluteUri : null;
    }
}
