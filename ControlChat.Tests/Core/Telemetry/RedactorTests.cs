using System.Text;
using System.Text.Json;
using ControlChat.Core.Telemetry;
using Xunit;

namespace ControlChat.Tests.Core.Telemetry;

public sealed class RedactorTests
{
    // Put together here, so that no file holds anything that looks like a key.
    private static readonly string Key = "sk-" + string.Concat("proj", "Abc123def456");
    private static readonly string Link = string.Concat(Enumerable.Repeat("aB3-", 10)) + "x_Z";

    public static TheoryData<string, string> Forms => new()
    {
        { $"calling with {Key} now", "calling with [removed] now" },
        { $"Authorization: Bearer {Link}", "Authorization: [removed]" },
        { $$"""{"authorization":"Basic dXNlcjpwYXNz","n":1}""", """{"authorization":"[removed]","n":1}""" },
        { "bearer abcdefgh12345678 sent", "bearer [removed] sent" },
        { "Cookie: cc=abc; theme=dark", "Cookie: [removed]" },
        { "GET /login?t=" + Link + " 303", "GET /login?[removed] 303" },
        { "GET /api/v1/audit?from=2026&text=a%20b HTTP/1.1", "GET /api/v1/audit?[removed] HTTP/1.1" },
        { "https://bob:" + "hunter2@git.example/x.git", "https://[removed]@git.example/x.git" },
        { "Host=db;Username=hub;Pass" + "word=s3cret!;Port=5432", "Host=db;Username=hub;Password=[removed];Port=5432" },
        { "-----BEGIN EC PRIV" + "ATE KEY-----\nMHcCAQEE\n-----END EC PRIVATE KEY-----\nafter", "[removed]\nafter" },
        { "-----BEGIN PRIV" + "ATE KEY-----\nMHcCAQEE cut off", "[removed]" },
        { """{"client_secret":"abc def","ok":true}""", """{"client_secret":[removed]","ok":true}""" },
        { """log {\"api_key\":\"abcdef\"} end""", """log {\"api_key\":[removed]\"} end""" },
        { "confirm " + Link + " used", "confirm [removed] used" },
        { "token cct_" + Link, "token [removed]" },
        { "handle cch_" + Link, "handle [removed]" },
    };

    public static TheoryData<string> Harmless =>
    [
        "Run run_0199aabbccddeeff00112233445566 has used 1200 input_tokens: 12, output_tokens=34",
        "Is that a question? Yes. What? token: null",
        "hash " + string.Concat(Enumerable.Repeat("8169453b", 8)),
        "Hub:Kind is 'mongo'; use 'lite' or 'full'.",
        "at ControlChat.Core.Hub.Sqlite.SqliteHubDatabase.BeginAsync(CancellationToken cancellationToken)",
    ];

    [Theory]
    [MemberData(nameof(Forms))]
    public void What_looks_like_a_secret_is_removed(string text, string expected) => Assert.Equal(expected, new Redactor().Redact(text));

    [Theory]
    [MemberData(nameof(Harmless))]
    public void What_is_none_stays(string text) => Assert.Equal(text, new Redactor().Redact(text));

    public static TheoryData<string> Written
    {
        get
        {
            const string secret = "p@ss/wörd+1 \"x\"";
            var bytes = Encoding.UTF8.GetBytes(secret);
            return
            [
                secret,
                JsonSerializer.Serialize(secret),
                JsonSerializer.Serialize(JsonSerializer.Serialize(secret)),
                string.Concat(secret.Select(c => $"\\u{(int)c:X4}")),
                Uri.EscapeDataString(secret),
                Uri.EscapeDataString(secret).ToLowerInvariant(),
                Uri.EscapeDataString(Uri.EscapeDataString(secret)),
                System.Net.WebUtility.UrlEncode(secret),
                secret[..5] + "\n" + secret[5..],
                secret[..5] + "\\n" + secret[5..],
                Convert.ToBase64String(bytes),
                Convert.ToBase64String([.. "u:"u8, .. bytes, .. " tail"u8]),
                Convert.ToBase64String([.. "x"u8, .. bytes]),
                Convert.ToBase64String(bytes).Replace('+', '-').Replace('/', '_').TrimEnd('='),
                Convert.ToBase64String(bytes).Insert(8, "\r\n"),
            ];
        }
    }

    [Theory]
    [MemberData(nameof(Written))]
    public void A_known_secret_is_removed_however_it_is_written(string written)
    {
        var redactor = new Redactor();
        redactor.Add("p@ss/wörd+1 \"x\"");
        var redacted = redactor.Redact($"before {written} after");
        Assert.Contains(Redactor.Removed, redacted, StringComparison.Ordinal);
        Assert.StartsWith("before ", redacted, StringComparison.Ordinal);
        Assert.EndsWith(" after", redacted, StringComparison.Ordinal);
        // What may stay: quotes around it, and of a base64 form the few characters that hold bits of its neighbours too.
        Assert.True(redacted.Length <= "before  after".Length + Redactor.Removed.Length + 16, redacted);
    }

    [Fact]
    public void A_short_value_would_remove_ordinary_words_and_is_not_taken()
    {
        var redactor = new Redactor();
        redactor.Add("run");
        Assert.Equal("run the run", redactor.Redact("run the run"));
    }

    [Fact]
    public void A_long_text_is_checked_in_time()
    {
        var redactor = new Redactor();
        redactor.Add("correct horse battery");
        var text = string.Concat(Enumerable.Repeat("token=== \\\\\\\\\" password ?a?b?c aaaaaaaaaaaaaaaa ", 1_400));
        Assert.NotEmpty(redactor.Redact(text));
    }
}
