using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using ControlChat.Harness;

namespace ControlChat.Bench;

/// <summary>P10: the lite hub from nothing to a page that can be used, at rest, and the weight of that page.</summary>
internal static partial class ColdStart
{
    private const int Starts = 5;

    public static async Task MeasureAsync(BenchOptions options, Report report)
    {
        if (options.App is null) report.Note("No --app folder: the app built beside this program was started, not a published one.");
        var (ready, first, again) = (new Samples(), new Samples(), new Samples());
        for (var i = 0; i < Starts; i++)
        {
            var since = Stopwatch.GetTimestamp();
            await using var hub = await HubProcess.StartAsync(new Dictionary<string, string> { ["Hub:Kind"] = "lite" }, application: options.App);
            ready.Add(Stopwatch.GetElapsedTime(since).TotalMilliseconds);
            using var person = await HubClient.SignInAsync(hub);
            var weight = await LoadAsync(person.Http);
            first.Add(Stopwatch.GetElapsedTime(since).TotalMilliseconds);
            await again.TimeAsync(() => LoadAsync(person.Http));
            if (i < Starts - 1) continue;
            report.Add("page with its scripts, styles and icons, on the wire (goal 400)", weight.Page / 1024.0, "KB");
            report.Add("fonts named by the styles, loaded where they are used", weight.Fonts / 1024.0, "KB");
            await Task.Delay(TimeSpan.FromSeconds(15), TimeProvider.System);
            report.Add("resident memory, idle for 15 s", Machine.Memory(hub.ProcessId), "MiB");
        }
        report.Add("start to sign-in link", ready);
        report.Add("start to page with all it loads (goal 2000)", first);
        report.Add("the same page again, warm", again);
    }

    /// <summary>Loads the page and what it names, as a browser that accepts Brotli does, and answers the bytes on the wire.</summary>
    private static async Task<(long Page, long Fonts)> LoadAsync(HttpClient http)
    {
        var (page, total) = await GetAsync(http, "/");
        long fonts = 0;
        foreach (var asset in Assets().Matches(page).Select(m => m.Groups[1].Value.Split('#')[0]).Where(a => !a.StartsWith("http", StringComparison.Ordinal)).Distinct())
        {
            var (text, size) = await GetAsync(http, "/" + asset.TrimStart('/'));
            total += size;
            if (!asset.Contains(".css", StringComparison.Ordinal)) continue;
            foreach (var font in Fonts().Matches(text).Select(m => m.Groups[1].Value).Distinct())
                fonts += (await GetAsync(http, new Uri(new Uri($"http://x/{asset.TrimStart('/')}"), font).PathAndQuery)).Bytes;
        }
        return (total, fonts);
    }

    private static async Task<(string Text, long Bytes)> GetAsync(HttpClient http, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("br"));
        request.Headers.Accept.ParseAdd("text/html, */*");
        using var response = await http.SendAsync(request);
        var bytes = await response.Content.ReadAsByteArrayAsync();
        if (!response.Content.Headers.ContentEncoding.Contains("br")) return (System.Text.Encoding.UTF8.GetString(bytes), bytes.Length);
        using var plain = new StreamReader(new System.IO.Compression.BrotliStream(new MemoryStream(bytes), System.IO.Compression.CompressionMode.Decompress));
        return (await plain.ReadToEndAsync(), bytes.Length);
    }

    [GeneratedRegex("""<(?:script|link)\b[^>]*?\b(?:src|href)="([^"]+\.(?:js|css|svg|woff2)[^"]*)"[^>]*>""")]
    private static partial Regex Assets();

    [GeneratedRegex("""url\(["']?([^"')]+\.woff2[^"')]*)""")]
    private static partial Regex Fonts();
}
