using System.Text;
using System.Text.Json.Nodes;
using ControlChat.Harness;
using ControlChat.Journeys.Browsing;
using Microsoft.Playwright;
using Xunit;
using static ControlChat.Journeys.Terminals.TerminalPage;
using static Microsoft.Playwright.Assertions;

namespace ControlChat.Journeys.Terminals;

/// <summary>The record of a terminal on a phone: read, played again at another speed and from another place, and taken along in three forms that say what was printed.</summary>
public sealed class RecordJourney(Browser browser)
{
    // Printed as it is: the terminal is told to change nothing of it.
    private static readonly string[] _parts =
    [
        "\e[1;32mfirst part\e[0m of the record\r\n漢字 and 😀 and \e[38;5;208morange\e[0m\r\n",
        $"second part, a long line: {string.Concat(Enumerable.Range(1, 60).Select(n => $"word{n} "))}\r\n",
        "\e[2Jthird part after a cleared screen\r\nthe very end\r\n",
    ];

    [Fact]
    public async Task A_record_is_read_played_and_taken_along_on_a_phone()
    {
        await using var bed = await TerminalHub.StartAsync();
        for (var i = 0; i < _parts.Length; i++) await bed.WriteAsync($"part{i}", _parts[i]);
        await bed.WriteAsync("show.sh", "stty -opost\ncat part0; sleep 1.2; cat part1; sleep 1.2; cat part2; exit 7\n");
        var session = await bed.BeginAsync("bash", "show.sh");
        Assert.True(await Soon.HoldsAsync(async () => await bed.StateAsync(session) == "ended", TimeSpan.FromSeconds(30)));
        await browser.VisitAsync(bed.Hub, async visit =>
        {
            await visit.GoAsync($"/sessions/{session}");
            await Expect(visit.Page.GetByText("The program ended with code 7.").First).ToBeVisibleAsync(Visible);
            await visit.GoAsync($"/sessions/{session}?view=transcript");
            await ReadAsync(visit);
            await PlayAsync(visit);
            await TakeAlongAsync(visit.Page);
        }, new VisitOptions(390, 844, Touch: true));
    }

    private static async Task ReadAsync(Visit visit)
    {
        var list = visit.Page.Locator("[data-list=records]");
        await Expect(list).ToContainTextAsync("the very end", Patient);
        foreach (var text in (string[])["first part of the record", "漢字 and 😀 and orange", "word60", "third part after a cleared screen"]) await Expect(list).ToContainTextAsync(text);
        await Expect(list).Not.ToContainTextAsync("U+000A");
        Assert.Empty(await ScreenRules.OverflowAsync(visit.Page));
        Assert.Empty(await ScreenRules.SmallTargetsAsync(visit.Page));
        // A long line is broken where it is read, in letters that can be read.
        var (wide, size) = (await list.EvaluateAsync<int>("list => Math.max(...[...list.querySelectorAll('pre')].map((pre) => pre.scrollWidth - pre.clientWidth))"), await list.EvaluateAsync<double>("list => parseFloat(getComputedStyle(list.querySelector('pre')).fontSize)"));
        Assert.Equal(0, wide);
        Assert.InRange(size, 12, 20);
        await visit.ShotsAsync("terminal-record");
    }

    private static async Task PlayAsync(Visit visit)
    {
        var page = visit.Page;
        await page.GetByRole(AriaRole.Button, new() { Name = "Replay" }).ClickAsync();
        var screen = page.Locator(".term-replay .xterm-rows");
        var place = page.GetByLabel("Position");
        await page.GetByLabel("Speed").SelectOptionAsync("16");
        await Expect(screen).ToContainTextAsync("the very end", Patient);
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Play", Exact = true })).ToBeVisibleAsync(Visible);
        await place.FillAsync("0");
        await Expect(screen).ToContainTextAsync("first part");
        await Expect(screen).Not.ToContainTextAsync("third part");
        await page.GetByLabel("Speed").SelectOptionAsync("0.5");
        await page.GetByRole(AriaRole.Button, new() { Name = "Play", Exact = true }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Pause", Exact = true })).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Pause", Exact = true }).ClickAsync();
        await Expect(screen).Not.ToContainTextAsync("third part");
        await place.FillAsync(await place.EvaluateAsync<string>("range => range.max"));
        await Expect(screen).ToContainTextAsync("third part");
        await page.GetByRole(AriaRole.Button, new() { Name = "10 s back" }).ClickAsync();
        await Expect(screen).Not.ToContainTextAsync("third part");
        Assert.Empty(await ScreenRules.OverflowAsync(page));
        await visit.ShotsAsync("terminal-replay");
    }

    private static async Task TakeAlongAsync(IPage page)
    {
        var printed = string.Concat(_parts);
        var records = (await DownloadAsync(page, "Records")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!["rec"]!).ToList();
        Assert.Equal(printed, Encoding.UTF8.GetString([.. records.Where(r => r["type"]!.GetValue<string>() == "out").SelectMany(r => Convert.FromBase64String(r["data"]!["data"]!.GetValue<string>()))]));
        Assert.Equal("ended", records[^1]["type"]!.GetValue<string>());
        Assert.Equal(7, records[^1]["data"]!["exit_code"]!.GetValue<int>());

        var cast = (await DownloadAsync(page, "Asciicast")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!).ToList();
        Assert.Equal(2, cast[0]["version"]!.GetValue<int>());
        Assert.InRange(cast[0]["width"]!.GetValue<int>(), 2, 500);
        var events = cast.Skip(1).Select(e => (At: e[0]!.GetValue<double>(), Code: e[1]!.GetValue<string>(), Text: e[2]!.GetValue<string>())).ToList();
        Assert.Equal(printed, string.Concat(events.Where(e => e.Code == "o").Select(e => e.Text)));
        Assert.Equal(events.Select(e => e.At).Order(), events.Select(e => e.At));
        Assert.True(events[^1].At >= 2.4, $"it lasted {events[^1].At} s");

        var markdown = await DownloadAsync(page, "Markdown");
        foreach (var text in (string[])["first part of the record", "漢字 and 😀 and orange", "word1 word2", "word60", "third part after a cleared screen", "the very end"]) Assert.Contains(text, markdown, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', markdown);
    }

    private static async Task<string> DownloadAsync(IPage page, string name)
    {
        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Link, new() { Name = name, Exact = true }).ClickAsync());
        Assert.StartsWith("ags_", download.SuggestedFilename, StringComparison.Ordinal);
        return await File.ReadAllTextAsync(await download.PathAsync());
    }
}
