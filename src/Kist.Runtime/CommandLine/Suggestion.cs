namespace Kist.Runtime.CommandLine;

/// <summary>What somebody may have meant.</summary>
public static class Suggestion
{
    const int LongestWord = 64;

    /// <summary>The word nearest to what was typed, by the number of letters to insert, remove or exchange; null if none is near.</summary>
    public static string? Nearest(ReadOnlySpan<char> typed, IReadOnlyList<string> words)
    {
        if (typed.Length is 0 or > LongestWord)
            return null;
        string? best = null;
        int least = int.Max(1, typed.Length / 3) + 1;
        foreach (string word in words)
        {
            int distance = typed.Length >= 3 && word.StartsWith(typed, StringComparison.Ordinal) ? 1 : Distance(typed, word);
            if (distance < least)
                (best, least) = (word, distance);
        }
        return best;
    }

    /// <summary>Levenshtein's distance, where two letters that changed places count once.</summary>
    static int Distance(ReadOnlySpan<char> a, ReadOnlySpan<char> b)
    {
        if (b.Length > LongestWord)
            return int.MaxValue;
        Span<int> before = stackalloc int[LongestWord + 1], above = stackalloc int[LongestWord + 1], row = stackalloc int[LongestWord + 1];
        for (int j = 0; j <= b.Length; j++)
            above[j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                row[j] = int.Min(int.Min(above[j], row[j - 1]) + 1, above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    row[j] = int.Min(row[j], before[j - 2] + 1);
            }
            Span<int> reused = before;
            before = above;
            above = row;
            row = reused;
        }
        return above[b.Length];
    }
}
