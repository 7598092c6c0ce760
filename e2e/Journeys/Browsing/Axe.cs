using ControlChat.Harness;
using Microsoft.Playwright;

namespace ControlChat.Journeys.Browsing;

/// <summary>axe-core on what is shown now. It comes in through the browser's debugger, so the page keeps its content policy.</summary>
public static class Axe
{
    private const string Tags = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']";

    /// <summary>Breaches of WCAG 2.2 A and AA, whatever their impact: rule, impact, where.</summary>
    public static Task<string[]> FaultsAsync(IPage page) => RunAsync(page, $"{{ type: 'tag', values: {Tags} }}");

    /// <summary>Only what another theme can change.</summary>
    public static Task<string[]> ColoursAsync(IPage page) => RunAsync(page, "{ type: 'rule', values: ['color-contrast', 'link-in-text-block'] }");

    private static async Task<string[]> RunAsync(IPage page, string only)
    {
        ArgumentNullException.ThrowIfNull(page);
        if (!await page.EvaluateAsync<bool>("() => Boolean(window.axe)")) await page.EvaluateAsync(AxeCore.Script);
        return await page.EvaluateAsync<string[]>($$"""
            async () => {
              const { violations } = await axe.run(document, { runOnly: {{only}}, resultTypes: ['violations'] });
              return violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id} (${rule.impact}) ${node.target.join(' ')}: ${node.html.slice(0, 160)} ${[...node.any, ...node.all, ...node.none].map((check) => check.message).join(' ')}`));
            }
            """);
    }
}
