using System.Text;

namespace Kist.Engine.Explain;

/// <summary>Rows of cells under headings, as wide as they need be; the last column is not padded.</summary>
/// <param name="headings">One for each column; a heading that begins with a space makes its column right-aligned.</param>
public sealed class TextTable(params string[] headings)
{
    readonly List<string[]> _rows = [];

    /// <summary>Adds a row; it has as many cells as there are headings.</summary>
    public void Add(params string[] cells) => _rows.Add(cells);

    /// <summary>The table, each line ended.</summary>
    /// <param name="color">For a terminal: headings in bold, the last column dim.</param>
    public string ToText(bool color)
    {
        int[] widths = Array.ConvertAll(headings, static heading => heading.Trim().Length);
        foreach (string[] row in _rows)
            for (int i = 0; i < widths.Length; i++)
                widths[i] = int.Max(widths[i], row[i].Length);
        StringBuilder text = new();
        AppendRow(text, Array.ConvertAll(headings, static heading => heading.Trim()), widths, color ? "\e[1m" : "", "");
        foreach (string[] row in _rows)
            AppendRow(text, row, widths, "", color ? "\e[2m" : "");
        return text.ToString();
    }

    void AppendRow(StringBuilder text, string[] cells, int[] widths, string style, string lastStyle)
    {
        text.Append(style);
        for (int i = 0; i < cells.Length; i++)
        {
            bool last = i == cells.Length - 1;
            if (last)
                text.Append(lastStyle);
            text.Append(headings[i].StartsWith(' ') ? cells[i].PadLeft(widths[i]) : last ? cells[i] : cells[i].PadRight(widths[i]));
            if (!last)
                text.Append("  ");
        }
        while (text[^1] == ' ')
            text.Length--;
        text.Append(style.Length + lastStyle.Length > 0 ? "\e[0m\n" : "\n");
    }
}
