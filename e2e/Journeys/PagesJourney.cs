using System.Text.Json.Nodes;
using ControlChat.Faults;
using ControlChat.Journeys.Browsing;
using Xunit;

namespace ControlChat.Journeys;

/// <summary>Every page with something on it, at a desk and on a phone, light and dark: nothing breaks, nothing is wider than the screen.</summary>
public sealed class PagesJourney(Browser browser)
{
    [Fact]
    public async Task Every_page_shows_what_there_is_on_a_desk_and_on_a_phone()
    {
        await using var bed = await Bed.MakeAsync();
        foreach (var title in (string[])["river-gauge-api", "snowpack-ensemble", "lidar-tiles-north"]) await bed.CreateWorkspaceAsync(title);
        var put = await bed.CreateWorkspaceAsync("wind-farm-siting");
        var approval = await bed.AskAsync("workspace.archive", new JsonObject { ["workspace_id"] = put });
        await bed.AskAsync("workspace.delete", new JsonObject { ["workspace_id"] = put });
        var (code, link, errors) = await bed.Hub.RunAsync("login-link");
        Assert.True(code == 0, errors);
        await browser.VisitAsync(new Site(bed.Hub.Url, new Uri(link.Trim()), bed.Hub.Tail, bed.Hub.Broken), async visit =>
        {
            foreach (var (path, name) in ((string, string)[])[("/", "page-ask"), ("/workspaces", "page-workspaces"), ("/approvals", "page-approvals"),
                ($"/approvals/{approval.Id}", "page-approval"), ("/sessions", "page-sessions"), ("/audit", "page-audit"), ("/logs", "page-logs"), ("/usage", "page-usage"), ("/settings", "page-settings")])
            {
                await visit.GoAsync(path);
                await visit.Page.Locator("h1:visible").First.WaitForAsync();
                await visit.ShotsAsync(name);
            }
        });
    }
}
