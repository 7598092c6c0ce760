using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace ControlChat.Core.Settings;

/// <summary>What a setting's text may be. Reads the forms people write and gives the one canonical text that is stored and bound.</summary>
public abstract partial record SettingType
{
    private SettingType()
    {
    }

    /// <summary><c>choice|flag|integer|duration|text|url|path|time_zone|list|map|objects</c>.</summary>
    public abstract string Name { get; }

    /// <summary>The legal values as the end of a sentence: <c>use 'lite' or 'full'</c>.</summary>
    public abstract string Legal { get; }

    /// <returns>The canonical text, or null when the text is not legal.</returns>
    public abstract string? Read(string text);

    /// <summary>The wire form of a canonical text: text, integer or bool.</summary>
    public virtual JsonNode Wire(string canonical) => JsonValue.Create(canonical);

    public sealed record Choice(params string[] Values) : SettingType
    {
        public override string Name => "choice";

        public override string Legal => "use " + Quoted(Values);

        public override string? Read(string text) => Values.FirstOrDefault(v => v.Equals(text, StringComparison.OrdinalIgnoreCase));
    }

    public sealed record Flag : SettingType
    {
        public override string Name => "flag";

        public override string Legal => "use true or false";

        public override string? Read(string text) => bool.TryParse(text, out var value) ? (value ? "true" : "false") : null;

        public override JsonNode Wire(string canonical) => JsonValue.Create(canonical == "true");
    }

    public sealed record Whole(int Least, int Most) : SettingType
    {
        public override string Name => "integer";

        public override string Legal => string.Create(CultureInfo.InvariantCulture, $"use a whole number from {Least} to {Most}");

        public override string? Read(string text) =>
            int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= Least && value <= Most
                ? value.ToString(CultureInfo.InvariantCulture) : null;

        public override JsonNode Wire(string canonical) => JsonValue.Create(int.Parse(canonical, CultureInfo.InvariantCulture));
    }

    /// <summary><c>hh:mm:ss</c>, hours beyond 24 too. Not <see cref="TimeSpan.Parse(string)"/>: that reads '24:00:00' as 24 days and '30' as 30 days.</summary>
    public sealed partial record Duration(TimeSpan Least, TimeSpan Most) : SettingType
    {
        public override string Name => "duration";

        public override string Legal => $"use a duration from {Text(Least)} to {Text(Most)} (hh:mm:ss)";

        public override string? Read(string text)
        {
            var match = Form().Match(text);
            if (!match.Success) return null;
            var value = new TimeSpan(int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture), int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture), int.Parse(match.Groups[3].Value, CultureInfo.InvariantCulture));
            return value >= Least && value <= Most ? Text(value) : null;
        }

        /// <summary>The canonical text of a duration.</summary>
        public static string Text(TimeSpan value) => string.Create(CultureInfo.InvariantCulture, $"{(int)value.TotalHours:00}:{value.Minutes:00}:{value.Seconds:00}");

        /// <summary>The duration of a canonical text.</summary>
        public static TimeSpan Value(string canonical)
        {
            var parts = canonical.Split(':').Select(p => int.Parse(p, CultureInfo.InvariantCulture)).ToArray();
            return new TimeSpan(parts[0], parts[1], parts[2]);
        }

        [GeneratedRegex(@"^(\d{1,4}):([0-5]?\d):([0-5]?\d)$", RegexOptions.CultureInvariant)]
        private static partial Regex Form();
    }

    /// <param name="Most">Characters.</param>
    /// <param name="Pattern">What it must match, or null.</param>
    /// <param name="Hint">The legal form in words, when there is a pattern.</param>
    public sealed record Words(int Most = 500, string? Pattern = null, string? Hint = null) : SettingType
    {
        public override string Name => "text";

        public override string Legal => Hint ?? string.Create(CultureInfo.InvariantCulture, $"use 1 to {Most} characters without line breaks");

        public override string? Read(string text) =>
            text.Length > 0 && text.Length <= Most && !text.Any(char.IsControl) && (Pattern is null || Regex.IsMatch(text, Pattern, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1)))
                ? text : null;
    }

    public sealed record Url : SettingType
    {
        public override string Name => "url";

        public override string Legal => "use an absolute http or https URL without a user name or password";

        public override string? Read(string text) =>
            Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.UserInfo.Length == 0 ? text.TrimEnd('/') : null;
    }

    /// <summary>Scheme, host and port, as a browser sends in <c>Origin</c>.</summary>
    public sealed record WebOrigin : SettingType
    {
        public override string Name => "url";

        public override string Legal => "use an origin such as 'https://desk.example' (scheme, host and port only)";

        public override string? Read(string text) =>
            Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.UserInfo.Length == 0 && uri.PathAndQuery is "/" && uri.Fragment.Length == 0
                ? uri.GetLeftPart(UriPartial.Authority) : null;
    }

    /// <summary>An address, or a network such as <c>10.1.0.0/16</c>.</summary>
    public sealed record Network : SettingType
    {
        public override string Name => "text";

        public override string Legal => "use an IP address or a network such as '10.1.0.0/16'";

        public override string? Read(string text) => IPAddress.TryParse(text, out var address) ? address.ToString() : IPNetwork.TryParse(text, out var network) ? network.ToString() : null;
    }

    public sealed record FilePath : SettingType
    {
        public override string Name => "path";

        public override string Legal => "use a path, absolute or relative to the directory the hub is started in";

        public override string? Read(string text) => text.Length is > 0 and <= 4096 && !text.Any(char.IsControl) ? text : null;
    }

    public sealed record Zone : SettingType
    {
        public override string Name => "time_zone";

        public override string Legal => "use an IANA time zone such as 'UTC' or 'Europe/Zurich'";

        public override string? Read(string text) => text.Length <= 64 && TimeZoneInfo.TryFindSystemTimeZoneById(text, out var zone) && zone.HasIanaId ? zone.Id : null;
    }

    /// <summary>Numbered entries: <c>Embed:Origins:0</c>.</summary>
    public sealed record List(SettingType Item) : SettingType
    {
        public override string Name => "list";

        public override string Legal => "use a list; each entry: " + Item.Legal;

        public override string? Read(string text) => text.Length == 0 ? "" : null;
    }

    /// <summary>Named entries: <c>Policy:Tools:workspace.rename</c>.</summary>
    public sealed record Map(SettingType Item, SettingType? Names = null) : SettingType
    {
        public override string Name => "map";

        public override string Legal => "use named entries; each value: " + Item.Legal;

        public override string? Read(string text) => text.Length == 0 ? "" : null;
    }

    /// <summary>Numbered entries with fields: <c>Mcp:Servers:0:Name</c>. Secret fields come from the environment like every secret.</summary>
    public sealed record Objects(IReadOnlyDictionary<string, SettingType> Fields, params string[] Secrets) : SettingType
    {
        public override string Name => "objects";

        public override string Legal => "use numbered entries with the fields " + string.Join(", ", Fields.Keys.Concat(Secrets));

        public override string? Read(string text) => text.Length == 0 ? "" : null;
    }

    private static string Quoted(string[] values)
    {
        var quoted = values.Select(v => $"'{v}'").ToArray();
        return quoted.Length == 1 ? quoted[0] : string.Join(", ", quoted[..^1]) + " or " + quoted[^1];
    }
}
