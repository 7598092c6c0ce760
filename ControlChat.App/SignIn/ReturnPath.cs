namespace ControlChat.App.SignIn;

/// <summary>Where to go after signing in: a page of this hub, never another site.</summary>
public static class ReturnPath
{
    public const string Home = "/";

    /// <summary>The page behind the link of an invitation.</summary>
    public const string Invitation = "/invite";
    private const int MostCharacters = 2000;
    private static readonly string[] NoPages = ["/signin", "/login", "/logout", "/set-password", "/api", "/_blazor", "/_framework"];

    /// <summary>The path itself when it is one below this hub's root, else <see cref="Home"/>.</summary>
    public static string Of(string? text)
    {
        // Browsers read '\' as '/' and drop tabs and line breaks: '/\evil.example' and '/<tab>/evil.example' lead away.
        if (text is not { Length: > 0 and <= MostCharacters } || text[0] != '/' || (text.Length > 1 && text[1] is '/' or '\\')) return Home;
        if (text.Any(c => char.IsControl(c) || c is '\\' || c > 0x7e)) return Home;
        var path = new PathString(text.Split('?', '#')[0]);
        // The key of an invitation stands in no address to come back to: the browser keeps it.
        if (path.StartsWithSegments(Invitation, StringComparison.OrdinalIgnoreCase)) return Invitation;
        return NoPages.Any(p => path.StartsWithSegments(p, StringComparison.OrdinalIgnoreCase)) ? Home : text;
    }

    /// <summary>The sign-in page that leads back to where the request wanted to go.</summary>
    public static string SignIn(HttpRequest request) => SignIn(request.Path.ToUriComponent() + request.QueryString.ToUriComponent());

    public static string SignIn(string path, bool again = false)
    {
        var back = Of(path);
        var query = (again ? "?again=1" : "") + (back == Home ? "" : $"{(again ? '&' : '?')}returnUrl={Uri.EscapeDataString(back)}");
        return "/signin" + query;
    }
}
