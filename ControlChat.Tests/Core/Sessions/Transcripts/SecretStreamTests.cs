using System.Text;
using ControlChat.Core.Telemetry;
using Xunit;

namespace ControlChat.Tests.Core.Sessions.Transcripts;

/// <summary>Secrets that are cut by the borders of pieces, in every way they can be.</summary>
public sealed class SecretStreamTests
{
    private const string Secret = "hunter2-Very/Secret+1";
    private const string Begin = "-----BEGIN" + " PRIVATE KEY-----";
    private static readonly string _key = $"{Begin}\n{string.Join('\n', Enumerable.Range(0, 12).Select(i => new string((char)('A' + i), 64)))}\n-----END PRIVATE KEY-----";

    public static TheoryData<string, string> Forms => new()
    {
        { "by value", Secret },
        { "in base64", Convert.ToBase64String(Encoding.UTF8.GetBytes("x" + Secret)) },
        { "URL-encoded", Uri.EscapeDataString(Secret) },
        { "wrapped", Secret.Insert(8, "\n") },
        { "by form", "sk-proj-0123456789abc" },
        { "behind its name", "password=correct-horse" },
    };

    [Theory]
    [MemberData(nameof(Forms))]
    public void No_cut_lets_a_secret_through(string form, string secret)
    {
        var text = $"before it\nand {secret} behind\nthe end";
        var expected = New().Redact(text);
        Assert.DoesNotContain(secret, expected, StringComparison.Ordinal);
        for (var one = 0; one <= text.Length; one++)
            for (var two = one; two <= text.Length; two++) Assert.True(expected == Through(text[..one], text[one..two], text[two..]), $"{form}: cut at {one} and {two}");
        Assert.Equal(expected, Through([.. text.Select(c => c.ToString())]));
    }

    [Fact]
    public void A_key_of_many_lines_is_one_secret_wherever_it_is_cut()
    {
        var text = $"first\n{_key}\nlast\n";
        for (var cut = 0; cut <= text.Length; cut += 3) Assert.Equal("first\n[removed]\nlast\n", Through(text[..cut], text[cut..]));
        Assert.Equal("first\n[removed]\nlast\n", Through([.. text.Split('\n').Select(l => l + "\n").SkipLast(1)]));
    }

    [Fact]
    public void A_key_longer_than_anything_kept_back_leaves_nothing()
    {
        var stream = new SecretStream(New());
        var written = new StringBuilder(stream.Push(Begin + "\n"));
        for (var i = 0; i < 1000; i++) written.Append(stream.Push(new string('k', 64) + "\n"));
        written.Append(stream.Push("-----END PRIVATE KEY-----\nand on\n")).Append(stream.Finish());
        Assert.DoesNotContain("kkkkkkkk", written.ToString(), StringComparison.Ordinal);
        Assert.EndsWith("and on\n", written.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_without_an_end_is_let_go_and_still_hides_what_is_cut_in_it()
    {
        var stream = new SecretStream(New());
        var written = new StringBuilder();
        for (var i = 0; i < 200; i++) written.Append(stream.Push(new string('.', 500))).Append(stream.Push(" " + Secret[..9])).Append(stream.Push(Secret[9..] + " "));
        Assert.InRange(written.Length, 60_000, 200 * 520);
        written.Append(stream.Finish());
        Assert.DoesNotContain(Secret, written.ToString(), StringComparison.Ordinal);
        Assert.Equal(200, written.ToString().Split("[removed]").Length - 1);
    }

    private static Redactor New()
    {
        var redactor = new Redactor();
        redactor.Add(Secret);
        return redactor;
    }

    private static string Through(params IReadOnlyList<string> pieces)
    {
        var stream = new SecretStream(New());
        return string.Concat(pieces.Select(stream.Push)) + stream.Finish();
    }
}
